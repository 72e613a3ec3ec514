"""What stands around every page: sections, theme, stops, the last toast."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from flask import Response, request, session

from webapp.browser.here import desk
from webapp.browser.sessions import me
from webapp.domain.backlog import may_operate
from webapp.domain.stop import Stop
from webapp.http.hx import wants_fragment
from webapp.http.pages import render
from webapp.services import labels

SECTIONS = (
    ("/", "inbox", "Queue"),
    ("/audit", "circle-check", "Audit"),
    ("/handoffs", "layers", "Handoffs"),
    ("/agents", "bot", "Agents"),
    ("/standing", "clock", "Standing"),
    ("/people", "users", "People"),
    ("/policy", "scale", "Policy"),
    ("/stops", "octagon-pause", "Stops"),
)
OPERATIONS = ("/operations", "hourglass", "Outbox")  # for those who may operate
MOST_COUNTED = 20
THEMES = {"light", "dark"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Toast:
    """A short note about what was just done.

    `undo` names the handoff that can be taken back, `see` the one that has more to show now.
    """

    said: str
    what: str
    undo: str | None = None
    see: str | None = None


def preferences() -> dict[str, str]:
    """Give the choices that a browser keeps in cookies, where they are ones that we know."""
    theme = request.cookies.get("theme", "")
    return {
        "theme": theme if theme in THEMES else "auto",
        "keys": "off" if request.cookies.get("keys") == "off" else "on",
    }


def show(
    whole: str, part: str, section: str, stops: tuple[Stop, ...], /, **context: object
) -> Response:
    """Render a page inside of the frame, or its part for a script."""
    around: dict[str, Any] = {
        "person": me(),
        "samples_waiting": "" if wants_fragment() else _samples_waiting(),
        "now": desk().world.now(),
        "sections": sections(),
        "section": section,
        "stops": stops,
        "hint": request.cookies.get("hint") != "off",
        "toast": kept_toast(),
    }
    return render(whole, part, **{**around, **context})


def sections() -> tuple[tuple[str, str, str], ...]:
    """List the sections that the person may open; stops are the last one for everybody."""
    return (*SECTIONS[:-1], OPERATIONS, SECTIONS[-1]) if may_operate(me()) else SECTIONS


def _samples_waiting() -> str:
    """Say how many samples wait for this person, as the navigation shows it: nothing for none."""
    person = me()
    count = len(desk().read(lambda work: labels.waiting(work, person, MOST_COUNTED + 1)))
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")


def keep_toast(toast: Toast) -> None:
    """Keep a note for the next page, where the answer is a redirect."""
    session["toast"] = asdict(toast)


def kept_toast() -> Toast | None:
    """Give the note that the last request left, once."""
    kept = session.pop("toast", None)
    return Toast(**kept) if kept else None
