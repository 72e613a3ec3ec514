"""`handrail permit-key …`: the keys that permits are signed with."""

from __future__ import annotations

import click

from webapp.commands import console
from webapp.domain.permit import SigningKey
from webapp.services import signing


@click.group("permit-key")
def permit_key() -> None:
    """List and rotate the keys that permits are signed with."""


@permit_key.command(epilog="Example: handrail permit-key rotate")
@click.option(
    "--revoke",
    is_flag=True,
    help="After a leak: withdraw the old keys at once; what they signed is refused.",
)
@console.as_json
def rotate(*, revoke: bool, as_json: bool) -> None:
    """Make a key that signs from now on; old ones stay published until their last token has ended."""
    with console.desk() as desk:
        found = desk.transact(lambda work: signing.rotate(work, revoke=revoke))
    lines = [f"{found[0].kid} signs permits from now on.", *map(_still, found[1:])]
    _answer(found, lines, as_json=as_json)


@permit_key.command("list", epilog="Example: handrail permit-key list")
@console.as_json
def list_keys(*, as_json: bool) -> None:
    """List the keys that are published, the one that signs first; never the private halves."""
    with console.desk() as desk:
        found = desk.read(signing.published)
    rows = [(one.kid, f"made {one.made_at:%Y-%m-%d}", _state(one)) for one in found]
    nothing = "There is no key yet; the first one is made when a permit is signed."
    _answer(found, console.table(rows, nothing), as_json=as_json)


def _answer(found: tuple[SigningKey, ...], lines: list[str], *, as_json: bool) -> None:
    console.answer({"keys": [_described(one) for one in found]}, lines, as_json=as_json)


def _state(key: SigningKey) -> str:
    until = key.published_until
    return f"published until {until:%H:%M:%S} UTC" if until else "signs"


def _still(key: SigningKey) -> str:
    return f"{key.kid} stays {_state(key)}."


def _described(key: SigningKey) -> dict[str, object]:
    return {
        "id": key.kid,
        "created_at": console.instant(key.made_at),
        "published_until": console.instant(key.published_until),
    }
