"""What people say afterwards of what ran unasked, and what labels there are."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from webapp.api.bodies import LabelBody
from webapp.api.callers import desk, known_first, person
from webapp.api.reading import LONGEST_PAGE, USUAL_PAGE, read_cursor, write_cursor
from webapp.api.responses import respond
from webapp.handoff_json import instant, links
from webapp.http.requests import Query, bearer, json_body, read
from webapp.services import labels
from webapp.services.labels import Label, LabelKind, Labelled, Page, Wanted
from webapp.work import Work

api = Blueprint("labelling_api", __name__, url_prefix="/api/v1")


@api.post("/handoffs/<handoff_id>/label")
def label_handoff(handoff_id: str) -> Response:
    """Say whether it was right that this ran unasked."""
    credential = bearer()
    with known_first(credential, person):
        body = read(LabelBody, json_body())

    def use_case(work: Work) -> Labelled:
        who = person(work, credential)
        return labels.label(work, handoff_id, Label(body.label), body.reason, who)

    return respond(_label(desk().transact(use_case)))


@api.get("/labels")
def list_labels() -> Response:
    """Give the labels and open samples of what the person may see, newest handoff first."""
    credential = bearer()
    with known_first(credential, person):
        query = Query("kind", "label", "open", "agent", "action", "since", "cursor", "limit")
        size = query.number("limit", USUAL_PAGE, 1, LONGEST_PAGE) or USUAL_PAGE
        wanted = Wanted(
            kind=query.choice("kind", LabelKind),
            label=query.choice("label", Label),
            is_open=query.flag("open"),
            agent=query.text("agent"),
            action=query.text("action"),
            since=query.instant("since"),
            before=read_cursor(query),
        )
        query.check()

    def use_case(work: Work) -> Page:
        return labels.find(work, person(work, credential), wanted, size)

    page = desk().read(use_case)
    body = {
        "labels": [_label(one) for one in page.labels],
        "has_more": page.more,
        "next_cursor": write_cursor(page.labels[-1].handoff_id) if page.more else None,
    }
    return respond(body)


def _label(one: Labelled) -> dict[str, Any]:
    return {
        "handoff": one.handoff_id,
        "kind": one.kind.value,
        "agent": one.agent,
        "owner": one.owner,
        "action": one.action_name,
        "route": one.route.value,
        "confidence": one.confidence,
        "verb": one.verb.value if one.verb else None,
        "label": one.label.value if one.label else None,
        "reason": one.reason,
        "by": one.by,
        "at": instant(one.at),
        "chosen_at": instant(one.chosen_at),
        "links": links(desk(), one.handoff_id),
    }
