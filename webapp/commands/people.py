"""`handrail user …` and `handrail token …`: the people who decide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import click

from webapp.commands import console
from webapp.commands.console import Refused
from webapp.domain.absence import Absence
from webapp.domain.account import User
from webapp.domain.decision import EVERY_TEAM, Membership, Role
from webapp.services import absences, accounts, chat, passwords
from webapp.work import Work

role_option = click.option(
    "--role",
    type=click.Choice([one.value for one in Role]),
    default=Role.APPROVER.value,
    show_default=True,
    help="What they may do there; an auditor reads everything and changes nothing.",
)
team_option = click.option(
    "--team", help="The team in which the role holds; '*' is every team, as for any auditor."
)
new_password = click.option("--password", help="Use this one instead of a generated one.")


@click.group()
def user() -> None:
    """Add people and say what they may do."""


@user.command(epilog="Example: handrail user add ann@example.org --role approver --team payments")
@click.argument("email")
@role_option
@team_option
@click.option("--name", default="", help="What they are called; the e-mail's first part else.")
@new_password
@console.as_json
def add(
    email: str, role: str, team: str | None, name: str, password: str | None, *, as_json: bool
) -> None:
    """Add a person, who signs in with the password that is shown this once."""
    with console.desk() as desk:
        secret = password or passwords.generate(desk.world)
        hashed = passwords.hash_password(secret, desk.world)
        membership = _membership(role, team)
        added = desk.transact(lambda work: accounts.add_user(work, email, membership, hashed, name))
    lines = [f"{added.email} is {_spelled(membership)}.", f"Password: {secret}"]
    console.answer({"email": added.email, "password": secret}, lines, as_json=as_json)


@user.command(epilog="Example: handrail user role ann@example.org --role admin --team payments")
@click.argument("email")
@role_option
@team_option
@console.as_json
def role(email: str, role: str, team: str | None, *, as_json: bool) -> None:
    """Give a person a role in a team, in place of the one that they have there."""
    membership = _membership(role, team)
    with console.desk() as desk:
        changed = desk.transact(lambda work: accounts.set_role(work, email, membership))
    data = {"email": changed.email, "role": membership.role.value, "team": membership.team}
    lines = [f"{changed.email} is {_spelled(membership)}."]
    console.answer(data, lines, as_json=as_json)


@user.command(epilog="Example: handrail user slack ann@example.org --workspace T0123 --user U0456")
@click.argument("email")
@click.option("--workspace", required=True, help="The workspace's id (on Grid: the enterprise's).")
@click.option("--user", "slack_user", required=True, help="The person's id in Slack.")
@console.as_json
def slack(email: str, workspace: str, slack_user: str, *, as_json: bool) -> None:
    """Say who a person is in Slack, on your word; people link themselves otherwise."""
    with console.desk() as desk:
        link = desk.transact(lambda work: chat.bind_by_name(work, email, workspace, slack_user))
    data = {"email": email, "workspace": link.workspace, "user": link.slack_user}
    console.answer(data, [f"{link.slack_user} in Slack is {email}."], as_json=as_json)


@user.command("list", epilog="Example: handrail user list")
@console.as_json
def list_users(*, as_json: bool) -> None:
    """List all people with their roles."""
    with console.desk() as desk:
        found, away = desk.read(lambda work: (accounts.people(work), absences.in_force(work)))
    rows = [(one.email, _roles(one), _state(one, away)) for one in found]
    data = {"users": [_described(one, away) for one in found]}
    console.answer(data, console.table(rows, "There are no users yet."), as_json=as_json)


@user.command(epilog="Example: handrail user disable ann@example.org")
@click.argument("email")
@console.as_json
def disable(email: str, *, as_json: bool) -> None:
    """Close an account: its sessions and tokens end now, what it did stays in the history."""
    with console.desk() as desk:
        closed = desk.transact(lambda work: accounts.disable_user(work, email))
    data = {"email": closed.email, "disabled": True}
    console.answer(data, [f"{closed.email} is disabled."], as_json=as_json)


@user.command("password", epilog="Example: handrail user password ann@example.org")
@click.argument("email")
@new_password
@console.as_json
def change_password(email: str, password: str | None, *, as_json: bool) -> None:
    """Give a person another password and end their sessions."""
    with console.desk() as desk:
        secret = password or passwords.generate(desk.world)
        hashed = passwords.hash_password(secret, desk.world)
        changed = desk.transact(lambda work: accounts.set_password(work, email, hashed))
    lines = [f"{changed.email} signs in with another password from now on.", f"Password: {secret}"]
    console.answer({"email": changed.email, "password": secret}, lines, as_json=as_json)


@user.command(
    epilog="Example: handrail user away ann@example.org --until 2027-01-10 --delegate ben@example.org"
)
@click.argument("email")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The last day away."
)
@click.option("--delegate", metavar="EMAIL", help="Who decides in their place; nobody else.")
@console.by
@console.as_json
def away(
    email: str, until: datetime, delegate: str | None, by: str | None, *, as_json: bool
) -> None:
    """Say that a person is away from now on, and who decides in their place."""
    named = by or console.ITSELF
    with console.desk() as desk:
        gone = desk.transact(
            lambda work: absences.go_away(work, email, until.date(), delegate, named)
        )
    meanwhile = gone.delegate.email if gone.delegate else None
    ends_at = console.instant(gone.ends_at)
    data = {"email": gone.who.email, "ends_at": ends_at, "delegate": meanwhile}
    line = (
        f"{gone.who.email} is away until {ends_at}; {meanwhile or 'nobody'} decides in their place."
    )
    console.answer(data, [line], as_json=as_json)


@user.command(epilog="Example: handrail user back ann@example.org")
@click.argument("email")
@console.as_json
def back(email: str, *, as_json: bool) -> None:
    """Say that a person is there again."""
    with console.desk() as desk:
        was_away = desk.transact(lambda work: absences.come_back(work, email))
    line = f"{email} is back." if was_away else f"{email} was not away."
    console.answer({"email": email, "was_away": was_away}, [line], as_json=as_json)


@click.group()
def token() -> None:
    """Make and revoke the tokens with which people use the API."""


@token.command("add", epilog="Example: handrail token add ann@example.org")
@click.argument("email")
@console.as_json
def add_token(email: str, *, as_json: bool) -> None:
    """Make a token, with which a person decides through the API; it is shown this once."""

    def make(work: Work) -> accounts.NewKey:
        return accounts.add_token(work, email)

    with console.desk() as desk:
        made = desk.transact(make)
    console.answer({"token": made.secret}, [made.secret], as_json=as_json)


@token.command(epilog="Example: handrail token revoke ann@example.org")
@click.argument("email")
@console.as_json
def revoke(email: str, *, as_json: bool) -> None:
    """Revoke every token of a person."""
    with console.desk() as desk:
        count = desk.transact(lambda work: accounts.revoke_tokens(work, email))
    console.answer({"revoked": count}, [f"{count} revoked."], as_json=as_json)


def _membership(role: str, team: str | None) -> Membership:
    if team is None and role != Role.AUDITOR:
        raise Refused("Say in which team: --team payments, or --team '*' for every team.")
    return Membership(team=team or EVERY_TEAM, role=Role(role))


def _spelled(membership: Membership) -> str:
    team = "every team" if membership.team == EVERY_TEAM else membership.team
    return f"{membership.role} of {team}"


def _roles(user: User) -> str:
    return ", ".join(_spelled(one) for one in user.memberships)


def _state(user: User, away: Mapping[str, Absence]) -> str:
    """Say whether somebody is there."""
    absence = away.get(user.id)
    if user.disabled_at or absence is None:
        return "disabled" if user.disabled_at else ""
    whose = f", {absence.delegate.email} decides" if absence.delegate else ""
    return f"away until {console.instant(absence.ends_at)}{whose}"


def _described(user: User, away: Mapping[str, Absence]) -> dict[str, object]:
    absence = away.get(user.id)
    return {
        "email": user.email,
        "name": user.name,
        "roles": [{"team": one.team, "role": one.role.value} for one in user.memberships],
        "created_at": console.instant(user.created_at),
        "disabled_at": console.instant(user.disabled_at),
        "away_until": console.instant(absence.ends_at) if absence else None,
        "delegate": absence.delegate.email if absence and absence.delegate else None,
    }
