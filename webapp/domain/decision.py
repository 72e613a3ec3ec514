"""What a person decides, who may decide it, and who may see it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from webapp.domain.canonical import canonical
from webapp.domain.errors import (
    AlreadyDecided,
    Conflict,
    Forbidden,
    HandrailError,
    NotAnApprover,
    NotPending,
    OwnRequest,
    PreviewPending,
    StalePreview,
    StaleRevision,
    VerbNotAllowed,
)
from webapp.domain.handoff import Actor, ActorKind, Face, Handoff, Verb, Vote
from webapp.domain.instant import written
from webapp.domain.standing_terms import StandingWish
from webapp.domain.verdict import Route

EVERY_TEAM = "*"
VERB_ALIASES = {
    "accept": Verb.APPROVE,
    "reject": Verb.DENY,
    "decline": Verb.DENY,
    "response": Verb.RESPOND,
}


class Role(StrEnum):
    """What a person may do in a team; an auditor reads everything and changes nothing."""

    VIEWER = "viewer"
    APPROVER = "approver"
    ADMIN = "admin"
    AUDITOR = "auditor"


DECIDING = frozenset({Role.APPROVER, Role.ADMIN})
AGREEING = frozenset({Verb.APPROVE, Verb.EDIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A person's role in one team; team `*` means every team."""

    team: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Somebody who is away, in whose place another decides; `teams` are those for which they may decide."""

    id: str
    email: str
    name: str
    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user as recognised at this moment, with the rights of this moment.

    `memberships` are their own; `stands_in_for` lists who is away now and has named them as delegate.
    """

    id: str
    email: str
    name: str
    memberships: tuple[Membership, ...]
    face: Face
    stands_in_for: tuple[Absent, ...] = ()

    def actor(self) -> Actor:
        """Give the person as the doer of an event."""
        return Actor(kind=ActorKind.PERSON, id=self.id, name=self.email, face=self.face)

    @property
    def rights(self) -> tuple[Membership, ...]:
        """List the person's roles: their own, and that of an approver in the teams of those whose place they hold."""
        held = (team for absent in self.stands_in_for for team in absent.teams)
        return (*self.memberships, *(Membership(team=t, role=Role.APPROVER) for t in held))

    @property
    def sees_all(self) -> bool:
        """Say whether every handoff is visible: auditors and members of every team."""
        return any(m.role is Role.AUDITOR or m.team == EVERY_TEAM for m in self.rights)

    @property
    def teams(self) -> tuple[str, ...]:
        """Name the teams the person belongs to."""
        return tuple(dict.fromkeys(m.team for m in self.rights if m.role is not Role.AUDITOR))

    @property
    def deciding_teams(self) -> tuple[str, ...]:
        """Name the teams for which the person may decide; `*` among them means all."""
        return tuple(dict.fromkeys(m.team for m in self.rights if m.role in DECIDING))

    @property
    def may_stop(self) -> bool:
        """Say whether the person may put a stop in force: anyone who decides anywhere."""
        return bool(self.deciding_teams)

    def administers(self, teams: Collection[str]) -> bool:
        """Say whether the person is an admin of one of these teams, or of every team."""
        return any(
            m.role is Role.ADMIN and m.team in {*teams, EVERY_TEAM} for m in self.memberships
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person says, bound to what was shown.

    `args` (the whole new args) or `interpretation` (the id of one that carries an action) belong to `edit`;
    `response` to `respond`; `standing` (the same for similar ones) to `approve`; `shown` is the hash of what was
    rendered, `preview` that of what was seen of the world.
    """

    verb: Verb
    revision: int
    fingerprint: str | None
    note: str | None = None
    args: Mapping[str, Any] | None = None
    interpretation: str | None = None
    response: Mapping[str, Any] | None = None
    standing: StandingWish | None = None
    shown: str | None = None
    preview: str | None = None


def as_shown(handoff: Handoff, verb: Verb) -> Decision:
    """Give what somebody says who was shown the handoff as it stands."""
    seen = handoff.preview.digest if handoff.preview else None
    return Decision(
        verb=verb, revision=handoff.revision, fingerprint=handoff.fingerprint, preview=seen
    )


def sees(person: Person, handoff: Handoff) -> bool:
    """Say whether the person may see the handoff: its owner team, the teams that may decide it, auditors."""
    return person.sees_all or bool(set(person.teams) & {handoff.owner, *handoff.teams})


def right_refusal(person: Person, handoff: Handoff) -> HandrailError | None:
    """Say why this person may not decide this handoff, None where they may. Every face asks this, at the click."""
    if not _cover(person.deciding_teams, handoff):
        wanted = " or ".join(handoff.teams)
        return NotAnApprover(
            f"Only approvers of {wanted} may decide this handoff.",
            hint="Ask an admin for the role, or pass it on to somebody who has it.",
        )
    if person.id in handoff.requesters:
        return OwnRequest()
    if not _decides_as_self(person, handoff) and in_place_of(person, handoff) is None:
        return OwnRequest("Whoever asked for this is away, and nobody decides it in their place.")
    return None


def in_place_of(person: Person, handoff: Handoff) -> Absent | None:
    """Say in whose place this person would decide this handoff; None where by their own right, or not at all.

    Nobody hands on a right that they lack: not that to decide what they asked for themselves, nor one that they hold
    only in the place of somebody else. Of several it is the first for whom nobody has agreed yet.
    """
    if _decides_as_self(person, handoff):
        return None
    able = [
        one
        for one in person.stands_in_for
        if one.id not in handoff.requesters and _cover(one.teams, handoff)
    ]
    spoken = {name for vote in handoff.votes for name in (vote.by_id, vote.in_place_of_id)}
    unspoken = (one for one in able if one.id not in spoken)
    return next(unspoken, able[0] if able else None)


def speaks_for(person: Person, handoff: Handoff) -> tuple[str, ...]:
    """Name the users who count as one when this person speaks: they, and in whose place they would decide it."""
    absent = in_place_of(person, handoff)
    return (person.id, absent.id) if absent else (person.id,)


def place_of(person: Person, handoff: Handoff) -> dict[str, str]:
    """Give what the record says of it: the e-mail of whose place this person holds in deciding, nothing for none."""
    absent = in_place_of(person, handoff)
    return {"in_place_of": absent.email} if absent else {}


def vote_of(
    person: Person, handoff: Handoff, now: datetime, standing: StandingWish | None = None
) -> Vote:
    """Give this person's agreement to the handoff as it stands."""
    absent = in_place_of(person, handoff)
    return Vote(
        by_id=person.id,
        by=person.email,
        at=now,
        standing=standing,
        in_place_of_id=absent.id if absent else None,
        in_place_of=absent.email if absent else None,
    )


def agreed_as(person: Person, handoff: Handoff) -> str | None:
    """Say who has agreed already: the person, or one with whom they count as one; None where nobody has.

    Whoever is away and whoever decides in their place are one person of a quorum, whichever of them speaks.
    """
    mine = set(speaks_for(person, handoff))
    for vote in handoff.votes:
        if person.id == vote.by_id:
            return "You have"
        if mine & {vote.by_id, vote.in_place_of_id}:
            return f"{vote.whose} has"
    return None


def _decides_as_self(person: Person, handoff: Handoff) -> bool:
    own = tuple(m.team for m in person.memberships if m.role in DECIDING)
    return _cover(own, handoff)


def _cover(teams: Collection[str], handoff: Handoff) -> bool:
    """Say whether approvers of these teams may decide it."""
    return EVERY_TEAM in teams or not set(teams).isdisjoint(handoff.teams)


def binding_refusal(decision: Decision, handoff: Handoff) -> HandrailError | None:
    """Say why the decision does not fit what is there now: another revision, fingerprint or set of verbs."""
    if decision.revision != handoff.revision or decision.fingerprint != handoff.fingerprint:
        return StaleRevision(
            f"This is revision {handoff.revision} now; you were shown revision {decision.revision}"
            + ("." if decision.revision != handoff.revision else " with another fingerprint."),
            extra={"revision": handoff.revision, "fingerprint": handoff.fingerprint},
        )
    if decision.verb not in handoff.allowed:
        allowed = ", ".join(verb.value for verb in handoff.allowed)
        return VerbNotAllowed(f"This handoff allows: {allowed}.")
    if handoff.verdict.route is Route.BLOCK and decision.verb is Verb.APPROVE:
        return VerbNotAllowed(
            "The policy in force blocks this action, so it cannot be approved as it stands.",
            hint="Edit it into something that the policy accepts, deny it or ask back.",
        )
    return _preview_refusal(decision, handoff) if decision.verb in AGREEING else None


def _preview_refusal(decision: Decision, handoff: Handoff) -> HandrailError | None:
    """Say why nobody can agree to this yet, or has agreed to what they did not see."""
    if handoff.shows_world and handoff.preview is None:
        return PreviewPending(hint="It is there in a moment; it can be denied at any time.")
    there = handoff.preview.digest if handoff.preview else None
    if decision.preview != there:
        return StalePreview(extra={"preview": there})
    return None


def require_right_to_stop(person: Person) -> None:
    """Raise Forbidden unless the person may put a stop in force."""
    if not person.may_stop:
        raise Forbidden("Only approvers and admins may stop agents.")


def require_right_to_resume(person: Person, wardens: Collection[str]) -> None:
    """Raise Forbidden unless the person may lift a stop that these teams watch over."""
    if not person.administers(wardens):
        wanted = " or ".join([*sorted({*wardens} - {EVERY_TEAM}), "every team"])
        raise Forbidden(f"Only admins of {wanted} may lift this stop.")


def require_right_to_rotate(person: Person, owner: str) -> None:
    """Raise Forbidden unless the person may make a key for an agent of this team."""
    if not person.administers({owner}):
        raise Forbidden(f"Only admins of {owner} or every team may rotate the keys of this agent.")


def is_same_decision(
    handoff: Handoff,
    decision: Decision,
    person: Person,
    body_of: Callable[[int], Mapping[str, Any]],
) -> bool:
    """Say whether this person has said exactly this before; `body_of` gives the payload of one of its events."""
    if handoff.verdict.observed:
        return _has_said(handoff, decision, person, body_of)
    if decision.verb is Verb.APPROVE:
        return _has_agreed(handoff, decision, person)
    if decision.verb is Verb.EDIT:
        made = _has_edited(handoff, decision, person)
        return made and _says_the_same(decision, body_of(handoff.revised_sequence))
    return _has_said(handoff, decision, person, body_of)


def _has_said(
    handoff: Handoff,
    decision: Decision,
    person: Person,
    body_of: Callable[[int], Mapping[str, Any]],
) -> bool:
    """Say whether the word that ended the wait was this person's, and this one."""
    said = handoff.decided
    if said is None or said.by_id != person.id or said.verb is not decision.verb:
        return False
    made = decision.revision == handoff.revision
    return made and _says_the_same(decision, body_of(said.sequence))


def _has_edited(handoff: Handoff, decision: Decision, person: Person) -> bool:
    """Say whether the revision that stands was made by this person from the one that was shown."""
    editor = handoff.votes[0].by_id if handoff.vouched and handoff.votes else None
    return editor == person.id and decision.revision == handoff.revision - 1


def _has_agreed(handoff: Handoff, decision: Decision, person: Person) -> bool:
    """Say whether the person's vote stands and was not followed by a word of theirs against it."""
    shown = (decision.revision, decision.fingerprint) == (handoff.revision, handoff.fingerprint)
    said = handoff.decided
    if said and said.by_id == person.id and said.verb not in {Verb.APPROVE, Verb.EDIT}:
        return False
    mine = (vote for vote in handoff.votes if vote.by_id == person.id)
    return shown and any(vote.standing == decision.standing for vote in mine)


def _says_the_same(decision: Decision, body: Mapping[str, Any]) -> bool:
    """Compare what the agent goes by: the args, the answer or the question; a denial is a denial."""
    if decision.verb is Verb.EDIT:
        args, made = decision.args, body.get("action", {}).get("args")
        chosen = body.get("interpretation") == decision.interpretation
        return chosen and (args is None or canonical(made) == canonical(args))
    if decision.verb is Verb.RESPOND:
        return canonical(body.get("response")) == canonical(decision.response)
    return decision.verb in {Verb.APPROVE, Verb.DENY} or body.get("note") == decision.note


def too_late(handoff: Handoff) -> Conflict:
    """Tell the loser of a race who decided, or what else has ended the wait."""
    said = handoff.decided
    if said is None:
        return NotPending(f"It is {handoff.status.value}; there is nothing to decide.")
    facts = {
        "verb": said.verb.value,
        "by": said.by,
        "via": said.via.value,
        "at": written(said.at),
    }
    return AlreadyDecided(
        f"{said.whose} has decided this already ({said.verb.value}, {said.at:%Y-%m-%d %H:%M:%S} UTC).",
        extra={"decision": facts},
    )
