"""Read how long people have, when they are reminded, and to which teams a handoff goes next."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from webapp.domain.deadline import USUAL_PATIENCE, Deadline, Escalation
from webapp.domain.policy_problems import Code
from webapp.domain.policy_section import Section

KEYS = ("after", "remind", "escalate", "then")
MOST_STEPS = 9
LONGEST_TEAM = 80


def read_deadline(section: Section, asked: Collection[str] = ()) -> Deadline:
    """Read a section `deadline`; `asked` are the teams that decide from the beginning."""
    section.only(KEYS)
    section.choice("then", {"expire": "expire"}, "expire")
    remind = section.raw("remind")
    deadline = Deadline(
        after=section.duration("after", USUAL_PATIENCE),
        remind=section.duration("remind", timedelta()) if remind else None,
        escalate=_read_steps(section),
    )
    _check_order(section, deadline)
    _check_teams(section, deadline, asked)
    if deadline.remind:
        _check_reminder(section, deadline, deadline.remind)
    return deadline


def read_questions_deadline(questions: Section, asked: Collection[str]) -> Deadline:
    """Read the deadline of an agent's questions: how long people have, or the same mapping as elsewhere."""
    node = questions.raw("deadline")
    if node is not None and isinstance(node.value, dict):
        return read_deadline(questions.section("deadline"), asked)
    return Deadline(after=questions.duration("deadline", USUAL_PATIENCE))


def _read_steps(section: Section) -> tuple[Escalation, ...]:
    steps = []
    for step in section.listed("escalate"):
        step.only(("after", "to"))
        for key in ("after", "to"):
            if key not in step:
                hint = "such as {after: 15m, to: finance-leads}"
                message = f"{key} is missing: when it goes to which team."
                section.notes.problem(step.place, Code.MISSING, message, hint)
        after, to = step.duration("after", timedelta()), step.text("to", LONGEST_TEAM)
        if after and to:
            steps.append(Escalation(after=after, to=to))
    if len(steps) > MOST_STEPS:
        message = f"escalate has {len(steps)} steps; {MOST_STEPS} is the most."
        section.notes.problem(section.at("escalate"), Code.OUT_OF_RANGE, message)
    return tuple(steps)


def _check_order(section: Section, deadline: Deadline) -> None:
    """Note steps that do not follow one another, or that come when the time is up."""
    last = timedelta()
    for step in deadline.escalate:
        if step.after >= deadline.after:
            message = f"It would go to {step.to} only when its time is up, so it never does."
            hint = "an escalation comes before deadline.after and never lengthens it"
        elif step.after <= last:
            message = f"It goes to {step.to} before, or together with, the team above."
            hint = "list the teams in the order in which they are asked"
        else:
            last = step.after
            continue
        section.notes.problem(section.at("escalate"), Code.DEADLINE_ORDER, message, hint)


def _check_teams(section: Section, deadline: Deadline, asked: Collection[str]) -> None:
    """Note teams that are asked already."""
    known = set(asked)
    for team in deadline.teams:
        if team in known:
            message = f"{team} is asked already, so escalating to it changes nothing."
            section.notes.problem(section.at("escalate"), Code.ASKED_ALREADY, message)
        known.add(team)


def _check_reminder(section: Section, deadline: Deadline, remind: timedelta) -> None:
    """Note a reminder that would come before, or with, the first notice each time."""
    begins = (timedelta(), *deadline.moments[:-1])
    stages = [end - begin for begin, end in zip(begins, deadline.moments, strict=True)]
    if all(remind >= stage for stage in stages):
        message = "Nobody would ever be reminded: remind is as long as the time that people have."
        hint = "remind is how long before the next escalation, or the deadline"
        section.notes.problem(section.at("remind"), Code.DEADLINE_ORDER, message, hint)
