"""`handrail policy propose`, `drafts`, `rollback` and `type`: policies on their way, and back."""

from __future__ import annotations

import click

from webapp.commands import console
from webapp.domain.decision import Person
from webapp.domain.handoff import Face
from webapp.domain.policy_draft import PolicyDraft
from webapp.domain.yaml_edit import rewritten
from webapp.services import accounts, seen_types
from webapp.services import drafts as service
from webapp.work import Work


def named(work: Work, by: str | None) -> Person | None:
    """Recognise whom `--by` names. Raises NotFound."""
    return accounts.user_named(work, by).person(Face.CLI) if by else None


@click.command(epilog="Example: handrail policy propose draft.yaml --by ann@example.org")
@click.argument("file")
@click.option("--by", metavar="EMAIL", required=True, help="Who proposes it.")
@click.option("--note", default="", help="What it is for.")
@console.as_json
def propose(file: str, by: str, note: str, *, as_json: bool) -> None:
    """Propose a document; where two must publish, another admin then publishes the same file."""
    text = console.read_file(file)

    def run(work: Work) -> PolicyDraft:
        person = accounts.user_named(work, by).person(Face.CLI)
        draft = service.begin(work, person, text, note)
        return service.propose(work, draft.id, person, draft.digest)

    with console.desk() as desk:
        made = desk.transact(run)
    lines = [f"Proposed as {made.id}. To publish it: handrail policy publish {file} --by EMAIL"]
    console.answer({"draft": made.id}, lines, as_json=as_json)


@click.command(epilog="Example: handrail policy drafts")
@console.as_json
def drafts(*, as_json: bool) -> None:
    """List the drafts that are not published yet."""
    with console.desk() as desk:
        found = desk.read(service.open_ones)
    data = [
        {
            "draft": one.id,
            "based_on": one.based_on,
            "by": one.by,
            "changed_at": console.instant(one.changed_at),
            "proposed_by": one.proposed_by,
            "proposed_at": console.instant(one.proposed_at),
            "note": one.note,
        }
        for one in found
    ]
    rows = [
        (one.id, one.by, f"proposed by {one.proposed_by}" if one.proposed_by else "", one.note)
        for one in found
    ]
    console.answer({"drafts": data}, console.table(rows, "There is no draft."), as_json=as_json)


@click.command(epilog="Example: handrail policy rollback 3 --by ann@example.org")
@click.argument("number", type=int)
@console.by
@console.as_json
def rollback(number: int, by: str | None, *, as_json: bool) -> None:
    """Publish an old version as a new one; where two must publish, propose it."""

    def run(work: Work) -> int | PolicyDraft:
        person = named(work, by)
        return service.roll_back(work, number, person, person.email if person else console.ITSELF)

    with console.desk() as desk:
        made = desk.transact(run)
    if isinstance(made, PolicyDraft):
        lines = [f"Proposed as {made.id}: another admin of every team publishes it."]
        console.answer({"draft": made.id}, lines, as_json=as_json)
    else:
        lines = [f"Policy {made} is in force; it says what policy {number} said."]
        console.answer({"policy": made}, lines, as_json=as_json)


@click.command("type", epilog="Example: handrail policy type payments.payout")
@click.argument("name")
@console.as_json
def draft_type(name: str, *, as_json: bool) -> None:
    """Draft an action type from what agents asked for by that name, and print it as YAML.

    It is a document of its own, which passes `policy check`; put it below `actions` of yours and correct it.
    """
    with console.desk() as desk:
        seen = desk.read(lambda work: seen_types.draft_type(work, name))
    text = rewritten("", seen.path, seen.value, seen.notes)
    data = {"action": name, "seen": seen.seen, "type": seen.value, "yaml": text}
    console.answer(data, [text.rstrip("\n")], as_json=as_json)
