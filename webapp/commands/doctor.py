"""`handrail doctor`: what works here and what to do about the rest."""

from __future__ import annotations

from dataclasses import asdict

import click

from webapp.commands import console
from webapp.commands.console import Refused
from webapp.commands.lacking import lacking
from webapp.config import CannotStart, Config, environment, read
from webapp.desk import Desk, open_desk
from webapp.domain.errors import HandrailError
from webapp.services import policies
from webapp.services.doctor import Finding, examine
from webapp.world import RealWorld


@click.command(epilog="Example: handrail doctor")
@console.as_json
def doctor(*, as_json: bool) -> None:
    """Say what works here and what to do about the rest."""
    try:
        found = _look(read(environment()))
    except CannotStart as error:
        faults = error.detail.splitlines()
        found = [Finding(name="settings", says="not usable", remedy=fault) for fault in faults]
    lines = [_written(one) for one in found]
    data = {"findings": [asdict(one) for one in found]}
    console.answer(data, lines, as_json=as_json)
    wrong = [one for one in found if one.remedy]
    if wrong:
        raise Refused(f"Not all is well. {wrong[0].remedy}")


def _look(config: Config) -> list[Finding]:
    desk = open_desk(config, RealWorld())
    found = [Finding(name="settings", says=f"usable, for {config.public_url}")]
    found.extend(examine(desk.store))
    remedy = "Run: handrail up" if config.redis_is_ours else "Check REDIS_URL and that Redis runs."
    if desk.lane.is_reachable():
        found.append(Finding(name="redis", says="reachable"))
    else:
        found.append(Finding(name="redis", says="not reachable: all waits longer", remedy=remedy))
    found.append(_executors(desk))
    desk.lane.close()
    desk.wakeups.close()
    desk.store.engine.dispose()
    return found


def _executors(desk: Desk) -> Finding:
    try:
        policy = desk.read(lambda work: policies.standing(work).policy)
    except HandrailError:  # said above
        return Finding(name="executors", says="not looked at")
    missing = list(lacking(desk.config, policy))
    if missing:
        return Finding(name="executors", says="something is missing", remedy=" ".join(missing))
    return Finding(name="executors", says="nothing is missing")


def _written(finding: Finding) -> str:
    mark = "  " if finding.remedy is None else "! "
    remedy = f". {finding.remedy}" if finding.remedy else ""
    return f"{mark}{finding.name}: {finding.says.rstrip('.')}{remedy}"
