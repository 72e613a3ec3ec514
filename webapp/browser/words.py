"""The words and marks that pages use for moments, shares and statuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.domain.handoff import Handoff, Kind, Status
from webapp.domain.history import EventType
from webapp.domain.verdict import Property, Risk

SOON = timedelta(minutes=10)
LATE = timedelta(minutes=1)
MINUTE, HOUR, DAY = 60, 3600, 86_400
ALL = 100
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusWords:
    """How a status is shown: its label, its icon, its tone, and what it means in a sentence."""

    label: str
    icon: str
    tone: str
    means: str


def _said(label: str, icon: str, tone: str, means: str) -> StatusWords:
    return StatusWords(label=label, icon=icon, tone=tone, means=means)


STATUS_WORDS: Mapping[Status, StatusWords] = {
    Status.PENDING: _said("waiting", "clock", "doubt", "It waits for people."),
    Status.CHANGES_REQUESTED: _said(
        "asked back", "message-circle-question-mark", "doubt", "It waits for the agent's answer."
    ),
    Status.APPROVED: _said("approved", "check", "yes", "The agent may run it now."),
    Status.RUNNING: _said("running", "play", "go", "The agent is running it."),
    Status.SUCCEEDED: _said("succeeded", "circle-check", "yes", "The agent reports success."),
    Status.FAILED: _said("failed", "circle-x", "no", "The agent reports that it failed."),
    Status.UNKNOWN: _said(
        "unknown", "triangle-alert", "doubt", "Nobody knows whether it ran; look, then settle it."
    ),
    Status.DENIED: _said("denied", "x", "no", "Nothing ran; the agent has the reason."),
    Status.ANSWERED: _said("answered", "check", "yes", "The agent has the answer."),
    Status.BLOCKED: _said("blocked", "ban", "no", "Policy refused it; nothing ran."),
    Status.EXPIRED: _said("expired", "hourglass", "", "Time ran out; nothing ran."),
    Status.WITHDRAWN: _said("withdrawn", "undo-2", "", "The agent took it back; nothing ran."),
}

# where a look or a report shows that a success is none
CONTRADICTED_WORDS = _said(
    "contradicted", "triangle-alert", "no", "It was reported as done, and is not as expected."
)

TASK_WORDS: Mapping[Status, StatusWords] = {
    Status.PENDING: _said("waiting", "clock", "doubt", "It waits for people."),
    Status.ANSWERED: _said("admitted", "check", "yes", "The task may be started."),
    Status.DENIED: _said("denied", "x", "no", "The task is not started; the agent has the reason."),
    Status.EXPIRED: _said("expired", "hourglass", "", "Time ran out; the task is not started."),
    Status.WITHDRAWN: _said("withdrawn", "undo-2", "", "The agent took the task back."),
}


# where Handrail itself runs it
RUN_HERE_MEANS: Mapping[Status, str] = {
    Status.APPROVED: "Handrail is about to run it.",
    Status.RUNNING: "Handrail is running it.",
    Status.SUCCEEDED: "Handrail ran it.",
    Status.FAILED: "Handrail ran it, and it failed.",
}


def status_words(kind: Kind, status: Status) -> StatusWords:
    """Give the words for where a handoff of this kind stands."""
    words = TASK_WORDS if kind is Kind.TASK else STATUS_WORDS
    return words.get(status) or STATUS_WORDS[status]


def standing_words(handoff: Handoff) -> StatusWords:
    """Give the words for where a handoff stands, also where more than its report is known."""
    plain = status_words(handoff.kind, handoff.status)
    return CONTRADICTED_WORDS if handoff.contradicted else plain


@dataclass(frozen=True, slots=True, kw_only=True)
class KindWords:
    """What an agent does that hands this off, what the buttons say, and what an expiry means."""

    asks: str
    answer: str
    deny: str
    expires: str


KIND_WORDS: Mapping[Kind, KindWords] = {
    Kind.ACTION: KindWords(
        asks="handed this off", answer="Approve", deny="Deny", expires="nothing runs"
    ),
    Kind.QUESTION: KindWords(
        asks="asked", answer="Answer", deny="Decline", expires="no answer is given"
    ),
    Kind.TASK: KindWords(
        asks="wants to begin this task", answer="Admit", deny="Deny", expires="it is not started"
    ),
}
# actions are marked by their risk
KIND_ICONS: Mapping[str, str] = {
    Kind.QUESTION: "message-circle-question-mark",
    Kind.TASK: "list-filter",
}
LACKS: Mapping[Property, str] = {
    Property.COMPLETE: "not complete",
    Property.VERIFIABLE: "not verifiable",
    Property.IN_SCOPE: "scope",
}

RISK_WORDS: Mapping[Risk, str] = {
    Risk.READ: "only reads",
    Risk.LOW: "low risk",
    Risk.MEDIUM: "medium risk",
    Risk.HIGH: "high risk",
    Risk.CRITICAL: "critical risk",
}

# the riskiest thing that a level lets run unasked
UNASKED: Mapping[Risk, str] = {
    Risk.READ: "what only reads",
    Risk.LOW: "up to low risk",
    Risk.MEDIUM: "up to medium risk",
    Risk.HIGH: "up to high risk",
    Risk.CRITICAL: "up to critical risk",
}

EVENT_WORDS: Mapping[EventType, str] = {
    EventType.SUBMITTED: "handed it off",
    EventType.REVISED: "revised it",
    EventType.VOTED: "agreed",
    EventType.APPROVED: "approved it",
    EventType.EDITED: "changed it and agreed",
    EventType.DENIED: "denied it",
    EventType.ANSWERED: "answered",
    EventType.CHANGES_REQUESTED: "asked back",
    EventType.REVOKED: "took the approval back",
    EventType.RECALLED: "recalled the approval: it would not be given like this now",
    EventType.PREVIEWED: "looked up what it would change",
    EventType.PREVIEW_FAILED: "could not look up what it would change",
    EventType.VERIFIED: "verified the outcome",
    EventType.CONTRADICTED: "found the outcome contradicted",
    EventType.UNVERIFIED: "could not verify the outcome",
    EventType.REDEEMED: "began to run it",
    EventType.STARTED: "started its Job",
    EventType.REPORTED: "reported the outcome",
    EventType.CLAIMED: "reported late; kept as a claim",
    EventType.WITHDRAWN: "withdrew it",
    EventType.REMINDED: "reminded those who have not decided",
    EventType.ESCALATED: "put it before more people",
    EventType.EXPIRED: "let it expire",
    EventType.LAPSED: "let the approval lapse",
    EventType.OVERRAN: "lost sight of the run",
    EventType.SETTLED: "settled it",
    EventType.LABELLED: "said what they think of it",
    EventType.RESUMED: "took it up again after a stop",
    EventType.NOTICE_FAILED: "could not tell people",
    EventType.PROMOTED: "promoted it",
    EventType.DEMOTED: "demoted it",
}


def countdown(at: datetime, now: datetime) -> str:
    """Say how long it is until `at`: `4:17`, `1h 29m`, `2d 3h`."""
    left = int((at - now).total_seconds())
    if left < 0:
        return "time is up"
    if left < HOUR:
        return f"{left // MINUTE}:{left % MINUTE:02}"
    if left < DAY:
        return f"{left // HOUR}h {left % HOUR // MINUTE:02}m"
    return f"{left // DAY}d {left % DAY // HOUR}h"


def urgency(at: datetime, now: datetime) -> str:
    """Give the class of a deadline that is near."""
    if at - now < LATE:
        return " late"
    return " soon" if at - now < SOON else ""


def percent(share: float) -> str:
    """Write a share as whole percents; what is not quite all or nothing is not rounded to it."""
    whole = round(share * 100)
    if whole == ALL and share < 1:
        return ">99%"
    return "<1%" if whole == 0 and share > 0 else f"{whole}%"


def people(count: int) -> str:
    """Say how many more people it takes."""
    number = NUMBERS[count] if count < len(NUMBERS) else str(count)
    return f"{number} more {'person' if count == 1 else 'people'}"


def duration(span: timedelta) -> str:
    """Write a length of time in its largest fitting unit: `30 min`, `2 h`, `3 d`."""
    seconds = int(span.total_seconds())
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


def instant(said: object) -> datetime | None:
    """Read a moment that an agent names; None where it is none."""
    try:
        at = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return at if at.tzinfo else None
