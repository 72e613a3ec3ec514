"""`handrail policy …`: the document that says what may run unasked and who decides the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from difflib import unified_diff

import click

from webapp.commands import console, policy_drafts, simulation_words
from webapp.commands.console import Refused
from webapp.commands.lacking import lacking
from webapp.config import CannotStart, environment, read
from webapp.desk import Desk
from webapp.domain.errors import HandrailError, PolicyProblem
from webapp.domain.people import People
from webapp.domain.policy import Policy
from webapp.domain.policy_diff import differences
from webapp.domain.policy_document import Report, parse
from webapp.domain.policy_document import check as check_document
from webapp.domain.policy_facts import Leaning
from webapp.domain.policy_people import CODES
from webapp.domain.simulation import Simulation
from webapp.services import drafts, policy_check
from webapp.services import simulate as simulating
from webapp.store import policies as store
from webapp.work import Work

CURRENT = "current"
MARKS = {Leaning.LOOSER: "looser:  ", Leaning.STRICTER: "stricter:", Leaning.OTHER: "changed: "}


@click.group()
def policy() -> None:
    """Check, publish, compare and simulate policies."""


@policy.command(epilog="Example: handrail policy check examples/policy.yaml")
@click.argument("file")
@console.as_json
def check(file: str, *, as_json: bool) -> None:
    """Say everything that is wrong with a policy document, with its lines.

    Needs no database; where there is one, teams and counts are held to the people who are there, too. Where
    HANDRAIL_SECRETS is set, it says also what its executors lack on this computer.
    """
    text = console.read_file(file)
    people, because = _people()
    report = check_document(text, people)
    missing = [] if report.problems else _missing_here(text)
    lines = [*_written(file, report.problems), *_written(file, report.warnings, "warning: ")]
    lines.extend(f"{file}: warning: {one}" for one in missing)
    data = {
        "problems": [asdict(one) for one in report.problems],
        "warnings": [asdict(one) for one in report.warnings],
        "people": {"checked": people is not None, "because": because},
        "missing": missing,
    }
    if because:
        lines.append(f"Whether there are people for its teams was not checked: {because}")
    if not report.problems:
        lines.append(f"{file} can be published.")
    console.answer(data, lines, as_json=as_json)
    _refuse(file, report)


def _people() -> tuple[People | None, str | None]:
    """Give the people who are there, or one sentence that says why they cannot be asked for."""
    try:
        with console.desk_at_hand() as desk:
            return desk.read(policy_check.people), None
    except HandrailError as error:
        return None, error.detail.splitlines()[0]


@policy.command(epilog="Example: handrail policy publish examples/policy.yaml --by ann@example.org")
@click.argument("file")
@console.by
@console.as_json
def publish(file: str, by: str | None, *, as_json: bool) -> None:
    """Put a policy document in force as the next version.

    Teams and counts for which there are no people are warned of; `policy check` shows all warnings.
    """
    text = console.read_file(file)
    report = check_document(text)
    for line in _written(file, report.problems):
        click.echo(line, err=True)
    _refuse(file, report)

    def run(work: Work) -> int:
        person = policy_drafts.named(work, by)
        return drafts.publish_text(work, text, person, person.email if person else console.ITSELF)

    with console.desk() as desk:
        found = [] if as_json else desk.read(lambda work: policy_check.check(work, text)).warnings
        for line in _written(file, [one for one in found if one.code in CODES], "warning: "):
            click.echo(line, err=True)
        number = desk.transact(run)
    console.answer({"policy": number}, [f"Policy {number} is in force."], as_json=as_json)


@policy.command(epilog="Example: handrail policy show 3")
@click.argument("number", type=int, required=False)
@console.as_json
def show(number: int | None, *, as_json: bool) -> None:
    """Print a published version, the one in force unless a number says otherwise."""
    with console.desk() as desk:
        found = desk.read(lambda work: _published(work, number))
    data = {
        "policy": found.number,
        "published_at": console.instant(found.published_at),
        "published_by": found.published_by,
        "text": found.text,
    }
    console.answer(data, [found.text.rstrip("\n")], as_json=as_json)


@policy.command("list", epilog="Example: handrail policy list")
@console.as_json
def list_policies(*, as_json: bool) -> None:
    """List the published versions, newest first."""
    with console.desk() as desk:
        found = desk.read(store.versions)
    data = [
        {"policy": number, "published_at": console.instant(at), "published_by": who}
        for number, at, who in found
    ]
    rows = [(str(number), f"{at:%Y-%m-%d %H:%M}", who) for number, at, who in found]
    lines = console.table(rows, "No policy is published yet: handrail policy publish FILE")
    console.answer({"policies": data}, lines, as_json=as_json)


@policy.command(epilog="Example: handrail policy diff current draft.yaml")
@click.argument("old")
@click.argument("new")
@click.option("--text", "as_text", is_flag=True, help="Show the lines that differ instead.")
@console.as_json
def diff(old: str, new: str, *, as_text: bool, as_json: bool) -> None:
    """Say what changes between two documents: a version's number, `current` or a file each."""
    with console.desk() as desk:
        before, after = _document(desk, old), _document(desk, new)
    lines = list(
        unified_diff(before.splitlines(), after.splitlines(), fromfile=old, tofile=new, lineterm="")
    )
    changes = differences(_parsed(old, before), _parsed(new, after))
    words = [f"{MARKS[one.leaning]} {one.said}  [{one.path}]" for one in changes]
    nothing = "Only comments or layout differ." if lines else "They are the same."
    data = {"changes": [one.to_json() for one in changes], "diff": "\n".join(lines)}
    shown = lines if as_text else words
    console.answer(data, shown or [nothing], as_json=as_json)


@policy.command(epilog="Example: handrail policy simulate draft.yaml --days 7")
@click.argument("file")
@click.option("--days", type=click.IntRange(1, 3660), default=30, help="How far back; 30.")
@console.as_json
def simulate(file: str, days: int, *, as_json: bool) -> None:
    """Route what was recorded with another policy, changing nothing: simulated, not proven.

    Ctrl-C stops it and shows what was simulated so far; the exit status is 1 then.
    """
    with console.desk() as desk:
        candidate = _parsed(file, _document(desk, file), "simulated")
        running = desk.read(lambda work: simulating.simulation(work, candidate))
        whole = desk.read(lambda work: _simulate(work, running, days))
    lines = simulation_words.lines(running, days)
    console.answer({**running.to_json(), "whole": whole}, lines, as_json=as_json)
    if not whole:
        taken = running.asks + running.questions
        raise Refused(f"Stopped early, after {taken:,} handoffs: run it again for the rest.")


def _simulate(work: Work, running: Simulation, days: int) -> bool:
    """Simulate until the end, or until somebody has had enough; says whether it was all."""
    try:
        for taken in simulating.simulate(work, running, timedelta(days=days)):
            click.echo(f"\r{taken:,} handoffs simulated", err=True, nl=False)
    except KeyboardInterrupt:
        return False
    finally:
        click.echo("", err=True)
    return True


policy.add_command(policy_drafts.propose)
policy.add_command(policy_drafts.drafts)
policy.add_command(policy_drafts.rollback)
policy.add_command(policy_drafts.draft_type)


def _missing_here(text: str) -> list[str]:
    """Say what executors lack here, as far as the settings are at hand."""
    try:
        config = read(environment())
    except CannotStart:
        return []
    return list(lacking(config, parse(text, number=0))) if config.secrets else []


def _refuse(file: str, report: Report, done: str = "published") -> None:
    if report.problems:
        raise Refused(f"{file} cannot be {done}: mend {_count(report.problems)}.")


def _written(file: str, problems: Sequence[PolicyProblem], mark: str = "") -> list[str]:
    return [
        f"{file}:{one.line}:{one.column}: {mark}{one.message}"
        + (f" ({one.hint})" if one.hint else "")
        for one in problems
    ]


def _count(problems: Sequence[PolicyProblem]) -> str:
    return "the problem above" if len(problems) == 1 else f"the {len(problems)} problems above"


def _published(work: Work, number: int | None) -> store.Published:
    wanted = store.latest_number(work) if number is None else number
    found = store.find(work, wanted)
    if found is None and number is None:
        raise Refused("No policy is published yet: handrail policy publish FILE")
    if found is None:
        raise Refused(f"There is no policy {number}: `handrail policy list` lists them.")
    return found


def _parsed(name: str, text: str, done: str = "compared") -> Policy:
    """Read a document that is compared or the like. Raises Refused where it is none."""
    report = check_document(text)
    for line in _written(name, report.problems):
        click.echo(line, err=True)
    _refuse(name, report, done)
    return parse(text, number=0)


def _document(desk: Desk, name: str) -> str:
    if name == CURRENT or name.isdecimal():
        number = None if name == CURRENT else int(name)
        return desk.read(lambda work: _published(work, number)).text
    return console.read_file(name)
