"""Look at the world: ask the address that a policy names, and give JSON or the sentence why there is none."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain.errors import HandrailError
from webapp.domain.json_text import JSON
from webapp.domain.look import MOST_BYTES, Look, Seen, address_of, read_answer
from webapp.gateways.secrets import Secrets, in_header
from webapp.gateways.web import Request, Web

USUAL = {"accept": "application/json"}


def ask(web: Web, folder: Secrets, look: Look, args: Mapping[str, JSON]) -> Seen:
    """Ask once; whatever goes wrong is told in what is given, and nothing is raised."""
    try:
        hidden = _hidden(folder, look)
        request = Request(
            method="GET",
            url=address_of(look, args),
            headers=_headers(look, hidden),
            timeout=look.timeout.total_seconds(),
            most=MOST_BYTES,
        )
        answer = web.send(request)
    except HandrailError as error:
        return Seen(problem=error.detail)
    shown = [one.removeprefix("Bearer ") for one in hidden.values()]
    return read_answer(answer.status, answer.body, shown, cut=answer.cut)


def _hidden(folder: Secrets, look: Look) -> dict[str, str]:
    """Give the headers that hold secrets. Raises SecretMissing."""
    hidden = folder.in_headers(look.headers)
    name = look.credentials.secret if look.credentials else None
    if name:
        hidden["authorization"] = f"Bearer {in_header(name, folder.read(name))}"
    return hidden


def _headers(look: Look, hidden: Mapping[str, str]) -> dict[str, str]:
    plain = {one.name: one.text for one in look.headers if one.text is not None}
    given = {name.lower(): value for name, value in {**plain, **hidden}.items()}
    return {**USUAL, **given}
