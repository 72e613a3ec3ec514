"""`handrail replay`, `verify` and `export`: what happened, and whether it still says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TextIO

import click

from webapp.commands import console
from webapp.commands.console import Refused
from webapp.services import export as exporting
from webapp.services import replay as replaying
from webapp.services.anchor import verify as check_history
from webapp.services.replay import Checked, Compared
from webapp.work import Work

MOST_SHOWN = 20


@click.command(epilog="Example: handrail replay ho_01... --policy 3")
@click.argument("handoff", required=False)
@click.option("--policy", "number", type=int, help="Show beside it what this version would say.")
@console.as_json
def replay(handoff: str | None, number: int | None, *, as_json: bool) -> None:
    """Derive every stored verdict again, or those of one handoff, from policy, content and counters."""
    if handoff:
        _replay_one(handoff, number, as_json=as_json)
    elif number is not None:
        raise Refused(
            "Name a handoff beside --policy; for all of them: `handrail policy simulate`."
        )
    else:
        _replay_all(as_json=as_json)


def _replay_one(handoff: str, number: int | None, *, as_json: bool) -> None:
    with console.desk() as desk:
        found = desk.read(lambda work: replaying.replay_one(work, handoff, number))
    data = [
        {
            "sequence": one.sequence,
            "event": one.event,
            "at": console.instant(one.at),
            "policy": one.policy,
            "stored": one.stored,
            "derived": one.derived,
            "other": one.other,
            "differs": one.differs,
        }
        for one in found
    ]
    lines = [line for one in found for line in _beside(one, number)]
    console.answer({"handoff": handoff, "verdicts": data}, lines, as_json=as_json)


def _beside(one: Compared, number: int | None) -> list[str]:
    told = [f"{one.at:%Y-%m-%d %H:%M} {one.event}, policy {one.policy}: {_verdict(one.derived)}"]
    told += [f"  {reason}" for reason in _reasons(one.derived)]
    if number is not None:
        told.append(f"  under policy {number}: {_verdict(one.other)}")
        told += [f"    {reason}" for reason in _reasons(one.other)]
    return told


def _verdict(verdict: Mapping[str, Any] | None) -> str:
    if verdict is None:
        return "what it rested on was erased"
    many = verdict["approvals"]["count"]
    who = ", ".join(verdict["approvals"]["from"])
    asks = f"; {who}, {many} to agree" if verdict["route"] == "review" else ""
    return f"{verdict['route']} ({verdict['risk']} risk{asks})"


def _reasons(verdict: Mapping[str, Any] | None) -> list[str]:
    return [f"{one['code']}: {one['message']}" for one in verdict["reasons"]] if verdict else []


def _replay_all(*, as_json: bool) -> None:
    counts = {"checked": 0, "differing": 0, "erased": 0}
    shown: list[Checked] = []

    def count(work: Work) -> None:
        for one in replaying.replay(work):
            counts["checked" if one.derived else "erased"] += 1
            if one.differs:
                counts["differing"] += 1
                shown.extend([one] if len(shown) < MOST_SHOWN else [])

    with console.desk() as desk:
        desk.read(count)
    lines = [line for one in shown for line in _difference(one)]
    lines.append(f"{counts['checked']} verdicts derived again, {counts['differing']} differ.")
    if counts["erased"]:
        lines.append(f"{counts['erased']} cannot be: what they rest on was erased.")
    differences = [
        {
            "handoff": one.handoff_id,
            "sequence": one.sequence,
            "stored": one.stored,
            "derived": one.derived,
        }
        for one in shown
    ]
    console.answer({**counts, "differences": differences}, lines, as_json=as_json)
    if counts["differing"]:
        raise Refused(
            "Stored verdicts are not what their inputs give: look into the handoffs named, "
            "and run `handrail verify`."
        )


@click.command(epilog="Example: handrail verify")
@console.as_json
def verify(*, as_json: bool) -> None:
    """Check that nobody has changed the history; names the first entry that does not fit."""
    with console.desk() as desk:
        found = desk.read(check_history)
    misfit = str(found.misfit) if found.misfit else None
    data = {
        "misfit": asdict(found.misfit) if found.misfit else None,
        "handoffs": found.handoffs,
        "events": found.events,
        "anchors": found.anchors,
        "unanchored": found.unanchored,
    }
    lines = [
        f"{found.events} events of {found.handoffs} handoffs and {found.anchors} anchors looked at."
    ]
    if found.unanchored:
        lines.append(f"{found.unanchored} events are not anchored yet; the worker anchors them.")
    lines.append(misfit or "All of it fits.")
    console.answer(data, lines, as_json=as_json)
    if misfit:
        raise Refused(f"The history was changed ({misfit}): compare it with a backup.")


@click.command(epilog="Example: handrail export --out handoffs.jsonl")
@click.option("--out", type=click.File("w", encoding="utf-8"), default="-", help="Write here.")
def export(out: TextIO) -> None:
    """Write every handoff and every change of a level as JSON lines; private states are left out."""

    def write(work: Work) -> None:
        for one in exporting.export(work):
            click.echo(json.dumps(one), file=out)

    with console.desk() as desk:
        desk.read(write)


def _difference(one: Checked) -> list[str]:
    derived = one.derived or {}
    return [f"{one.handoff_id}, event {one.sequence}:"] + [
        f"  {name}: {json.dumps(one.stored[name])} is stored, {json.dumps(derived.get(name))} derived"
        for name in one.stored
        if one.stored[name] != derived.get(name)
    ]
