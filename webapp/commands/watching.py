"""`handrail standing …` and `handrail alerts …`: what was approved in advance, and what nobody has looked at yet."""

from __future__ import annotations

import click

from webapp.commands import console
from webapp.commands.console import Refused
from webapp.domain.alert import Alert
from webapp.domain.errors import NotFound
from webapp.services import alerts as alerting
from webapp.services import standing_approvals
from webapp.services.standing_approvals import Told
from webapp.work import Work


@click.group()
def standing() -> None:
    """List what was approved in advance, and take it back."""


@standing.command("list", epilog="Example: handrail standing list")
@console.by
@console.as_json
def list_standing(by: str | None, *, as_json: bool) -> None:
    """List the standing approvals, the newest first; with --by those that this person sees."""
    with console.desk() as desk:
        found = desk.read(lambda work: standing_approvals.visible(work, console.who(work, by)))
    rows = [(one.approval.id, one.state or "in force", _used(one), one.says) for one in found]
    lines = console.table(rows, "Nothing was approved in advance.")
    data = {"standing_approvals": [one.to_json() for one in found]}
    console.answer(data, lines, as_json=as_json)


@standing.command(epilog="Example: handrail standing revoke sa_01… --by ann@example.org")
@click.argument("approval_id", metavar="ID")
@console.by
@console.as_json
def revoke(approval_id: str, by: str | None, *, as_json: bool) -> None:
    """End a standing approval at once; what it had approved and has not begun goes back to people."""

    def use_case(work: Work) -> Told:
        who = console.who(work, by)
        try:
            return standing_approvals.revoke(work, approval_id, who)
        except NotFound as error:
            words = "`handrail standing list` lists them"
            raise Refused(f"There is no standing approval {approval_id}: {words}.") from error

    with console.desk() as desk:
        ended = desk.transact(use_case)
    console.answer(ended.to_json(), [f"{ended.says} It has ended: {ended.state}."], as_json=as_json)


@click.group()
def alerts() -> None:
    """List what people should know of agents, and settle it."""


@alerts.command("list", epilog="Example: handrail alerts list")
@console.by
@console.as_json
def list_alerts(by: str | None, *, as_json: bool) -> None:
    """List the alerts that nobody has settled, oldest first; with --by those that this person sees."""
    with console.desk() as desk:
        found = desk.read(lambda work: alerting.open_for(work, console.who(work, by)))
    rows = [(one.id, f"{one.opened_at:%Y-%m-%d %H:%M}", one.owner, one.says) for one in found]
    data = {"alerts": [_described(one) for one in found]}
    console.answer(data, console.table(rows, "There is no open alert."), as_json=as_json)


@alerts.command(epilog="Example: handrail alerts settle al_01… --by ann@example.org")
@click.argument("alert_id", metavar="ID")
@console.by
@console.as_json
def settle(alert_id: str, by: str | None, *, as_json: bool) -> None:
    """Take an alert off the list; what happens from now on is told anew."""

    def use_case(work: Work) -> Alert:
        who = console.who(work, by)
        try:
            return alerting.settle(work, alert_id, who)
        except NotFound as error:
            words = "`handrail alerts list` lists those that are open"
            raise Refused(f"There is no alert {alert_id}: {words}.") from error

    with console.desk() as desk:
        settled = desk.transact(use_case)
    lines = [f"Settled by {settled.settled_by}: {settled.says}"]
    console.answer(_described(settled), lines, as_json=as_json)


def _used(told: Told) -> str:
    return f"{told.approval.uses} of {told.approval.scope.max_uses}"


def _described(alert: Alert) -> dict[str, object]:
    return {
        "id": alert.id,
        "kind": alert.kind.value,
        "agent": alert.agent,
        "owner": alert.owner,
        "says": alert.says,
        "count": alert.count,
        "detail": dict(alert.detail),
        "opened_at": console.instant(alert.opened_at),
        "last_at": console.instant(alert.last_at),
        "settled_at": console.instant(alert.settled_at),
        "settled_by": alert.settled_by,
    }
