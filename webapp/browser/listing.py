"""All handoffs, with the filters in the address, page by page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from webapp.browser.checked import in_the_list
from webapp.browser.frame import show
from webapp.browser.here import desk
from webapp.browser.sessions import me
from webapp.browser.timeline import RAN_WORDS
from webapp.domain.handoff import Handoff, Kind, Status
from webapp.domain.stop import Stop
from webapp.domain.verdict import Risk, Route
from webapp.services import inbox, stops
from webapp.services.find import Filter, Page
from webapp.work import Work

routes = Blueprint("listing", __name__)
SIZE = 50
WHOLE = "handoffs/index.html"
POLICY = {Route.AUTO: "policy", Route.BLOCK: "policy"}
NAMES = ("q", "kind", "status", "risk", "agent", "action")
TYPED = re.compile(r"(?:^|\s)(kind|status|risk|agent|action):(\S+)")
CURSOR = re.compile(r"ho_[0-9a-z]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the list."""

    id: str
    kind: Kind
    risk: Risk
    says: str
    status: Status
    agent: str
    decided_by: str | None
    submitted_at: datetime
    settled: str | None
    contradicted: bool


@routes.get("/handoffs")
def index() -> Response:
    """List the newest handoffs that fit."""
    said = filters(request.args)
    page, in_force = _read(_wanted(said))
    kept = {name: value for name, value in said.items() if value}
    further = {**kept, "before": page.handoffs[-1].id} if page.more else None
    return show(
        WHOLE,
        WHOLE,
        "/handoffs",
        in_force,
        rows=[_entry(one) for one in page.handoffs],
        filters=said,
        filtered=bool(kept),
        risks=list(Risk),
        kinds=list(Kind),
        first_url=_url(kept) if request.args.get("before") else None,
        next_url=_url(further) if further else None,
    )


def filters(given: Mapping[str, str]) -> dict[str, str]:
    """Read the filters, also those typed among the words: `lamp agent:billing risk:high`."""
    said = {name: given.get(name, "").strip() for name in NAMES}
    words = TYPED.sub("", said["q"]).strip()
    said.update({**dict(TYPED.findall(said["q"])), "q": words})
    known: dict[str, set[str]] = {
        "kind": set(Kind),
        "status": set(Status),
        "risk": set(Risk),
    }
    return {k: v if k not in known or v in known[k] else "" for k, v in said.items()}


def _wanted(said: Mapping[str, str]) -> Filter:
    before = request.args.get("before", "")
    return Filter(
        words=said["q"] or None,
        status=Status(said["status"]) if said["status"] else None,
        kind=said["kind"] or None,
        risk=said["risk"] or None,
        agent=said["agent"] or None,
        action=said["action"] or None,
        before=before if CURSOR.fullmatch(before) else None,
    )


def _read(wanted: Filter) -> tuple[Page, tuple[Stop, ...]]:
    person = me()

    def read(work: Work) -> tuple[Page, tuple[Stop, ...]]:
        return inbox.everything(work, person, wanted, SIZE), stops.in_force(work)

    return desk().read(read)


def _url(kept: Mapping[str, str]) -> str:
    return f"/handoffs?{urlencode(kept)}" if kept else "/handoffs"


def _decided_by(of: Handoff) -> str | None:
    """Say whose word it is; what waits (again) is nobody's, whatever policy said before."""
    if of.decided:
        return of.decided.whose
    return None if of.status is Status.PENDING else POLICY.get(of.verdict.route)


def _entry(of: Handoff) -> Entry:
    return Entry(
        id=of.id,
        kind=of.kind,
        risk=of.verdict.risk,
        says=of.summary or of.title,
        status=of.status,
        agent=of.agent,
        decided_by=_decided_by(of),
        submitted_at=of.submitted_at,
        settled=RAN_WORDS[of.settled.ran] if of.settled else in_the_list(of),
        contradicted=of.contradicted,
    )
