"""Standing approvals: approve similar ones with a handoff, see those there are, take one back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.browser import shown
from webapp.browser.decisions import checked_note, notice, refused, went_on
from webapp.browser.frame import Toast, keep_toast, show
from webapp.browser.here import desk
from webapp.browser.queue import Screen, pane, screen
from webapp.browser.sessions import me
from webapp.domain import errors as e
from webapp.domain.decision import Decision
from webapp.domain.duration import parse_duration, write_duration
from webapp.domain.handoff import Verb
from webapp.domain.standing import refusal
from webapp.domain.standing_terms import StandingTerms, StandingWish
from webapp.domain.stop import Stop
from webapp.domain.uses import plain
from webapp.http.problems import status_of
from webapp.services import standing_approvals as service
from webapp.services import stops
from webapp.services.decide import decide
from webapp.services.standing_approvals import Offer, Told
from webapp.work import Work

routes = Blueprint("standing", __name__)
WHOLE, PART = "standing/offer.html", "standing/_offer.html"
LIST = "standing/index.html"
LENGTHS = ("30m", "1h", "2h", "4h", "8h", "1d", "7d")
USUAL, USUAL_USES = timedelta(hours=2), 10
MOST_DIGITS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferForm:
    """What was chosen: how long, how often, and within which bounds; `fixed` where others have said it already."""

    lasts: str
    uses: int
    lengths: tuple[str, ...]
    most_uses: int
    fixed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One standing approval in the list."""

    told: Told
    uses: str
    total: str
    state: str


@routes.get("/standing")
def index() -> Response:
    """List the standing approvals that the person may see."""
    person = me()

    def read(work: Work) -> tuple[list[Told], tuple[Stop, ...]]:
        return service.visible(work, person), stops.in_force(work)

    found, held = desk().read(read)
    rows = [_row(one) for one in found]
    live = [row for row in rows if row.told.open]
    over = [row for row in rows if not row.told.open]
    return show(LIST, LIST, "/standing", held, live=live, over=over)


@routes.post("/standing/<approval_id>/revoke")
def revoke(approval_id: str) -> AnyResponse:
    """End one at once."""
    person = me()
    told = desk().transact(lambda work: service.revoke(work, approval_id, person))
    keep_toast(Toast(said="Ended", what=told.says))
    return redirect("/standing", code=303)


@routes.get("/handoffs/<handoff_id>/standing")
def ask(handoff_id: str) -> Response:
    """Show what approving similar ones would cover, before anything is given."""
    on, terms = _open(handoff_id)
    return _form(handoff_id, on, terms, _wish(on, terms, request.args))


@routes.post("/handoffs/<handoff_id>/standing")
def take(handoff_id: str) -> AnyResponse:
    """Approve the handoff, and similar ones as they were shown."""
    person = me()
    on, terms = _open(handoff_id)
    wish = _wish(on, terms, request.form)
    try:
        said = _decision(handoff_id, wish)
        after = desk().transact(lambda work: decide(work, handoff_id, said, person))
    except e.SubmissionInvalid as error:
        return _form(handoff_id, on, terms, wish, error)
    except e.HandrailError as error:
        return refused(handoff_id, error)
    return went_on(after)


def _open(handoff_id: str) -> tuple[Screen, StandingTerms]:
    """Read the handoff and what the policy allows. Raises NotFound where it offers nothing."""
    on = screen(handoff_id)
    page = on.page
    kind = page.type if page else None
    if page is None or kind is None or kind.standing is None or refusal(page.handoff, kind):
        raise e.NotFound("This handoff offers no standing approval.")
    return on, kind.standing


def _wish(on: Screen, terms: StandingTerms, said: Mapping[str, str]) -> StandingWish:
    """Read what was chosen; where others have given one already, only the very same can be given."""
    votes = on.page.votes if on.page else ()
    given = next((vote.standing for vote in votes if vote.standing), None)
    if given:
        return given
    lasts = parse_duration(said.get("for", "")) or min(USUAL, terms.max_for)
    text = said.get("uses", "")
    known = text.isdecimal() and len(text) <= MOST_DIGITS
    return StandingWish(lasts=lasts, uses=int(text) if known else min(USUAL_USES, terms.max_uses))


def _form(
    handoff_id: str,
    on: Screen,
    terms: StandingTerms,
    wish: StandingWish,
    error: e.SubmissionInvalid | None = None,
) -> Response:
    person = me()
    offer: Offer = desk().read(lambda work: service.offer(work, person, handoff_id, wish))
    about_note = [one.message for one in error.problems if one.pointer == "/note"] if error else []
    return pane(
        on,
        whole=WHOLE,
        part=PART,
        status=status_of(error) if error else 200,
        offer=offer,
        form=_chosen(on, terms, wish),
        note=request.form.get("note", ""),
        wrong_note=next(iter(about_note), None),
        notice=notice(error) if error and not about_note else None,
    )


def _chosen(on: Screen, terms: StandingTerms, wish: StandingWish) -> OfferForm:
    votes = on.page.votes if on.page else ()
    lengths = dict.fromkeys([*_lengths(terms), write_duration(wish.lasts)])
    return OfferForm(
        lasts=write_duration(wish.lasts),
        uses=wish.uses,
        lengths=tuple(lengths),
        most_uses=terms.max_uses,
        fixed=any(vote.standing for vote in votes),
    )


def _lengths(terms: StandingTerms) -> Iterator[str]:
    for one in LENGTHS:
        length = parse_duration(one)
        if length and length < terms.max_for:
            yield one
    yield write_duration(terms.max_for)


def _decision(handoff_id: str, wish: StandingWish) -> Decision:
    seen = shown.read(request.form.get("shown", ""), handoff_id)
    return Decision(
        verb=Verb.APPROVE,
        revision=seen.revision,
        fingerprint=seen.fingerprint,
        note=checked_note(request.form, Verb.APPROVE, seen),
        standing=wish,
        shown=seen.digest,
        preview=seen.preview,
    )


def _row(told: Told) -> Row:
    one, scope = told.approval, told.approval.scope
    of_all = f" of {plain(scope.max_total)}" if scope.max_total is not None else ""
    total = f"{plain(one.total)}{of_all} {scope.currency}" if scope.currency else ""
    return Row(
        told=told,
        uses=f"{one.uses} of {scope.max_uses}",
        total=total,
        state=told.state,
    )
