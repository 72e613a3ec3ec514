"""What a person was shown, as a hash that goes into the history and a token that comes back.

The token binds a decision to the handoff, the revision, the fingerprint and the very facts on the
screen; it is signed, so that nobody can claim to have seen something else.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from webapp.browser.handoff_page import HandoffPage
from webapp.browser.sessions import me
from webapp.domain.canonical import canonical
from webapp.domain.errors import StaleRevision
from webapp.domain.executor import to_json
from webapp.domain.pointer import MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a decision rests on: the revision and fingerprint on the screen, and the facts' hash.

    `with_reason` says that an approval was asked to say what was checked; `preview` is what was seen of the world.
    """

    revision: int
    fingerprint: str | None
    digest: str
    with_reason: bool
    preview: str | None


def digest(page: HandoffPage) -> str:
    """Hash what the pane shows as facts and as claims; the countdown and the folds are left out."""
    handoff = page.handoff
    facts = {
        "handoff": handoff.id,
        "revision": handoff.revision,
        "fingerprint": handoff.fingerprint,
        "headline": page.headline,
        "headline_claimed": page.headline_claimed,
        "irreversible": page.irreversible,
        "verdict": handoff.verdict.to_json(),
        "preview": _preview(page),
        "executor": to_json(handoff.terms.executor),
        "args": [[arg.name, arg.value, _there(arg.before)] for arg in page.args],
        "choices": [[choice.post, choice.text, choice.then] for choice in page.choices],
        "reasons": [[why.message, why.because, why.fix] for why in page.reasons],
        "claim": dict(page.claim),
        "attempts": [[one.handoff.id, one.handoff.status.value, one.note] for one in page.attempts],
        "votes": [vote.whose for vote in page.votes],
        "outcome": _ended(page),
        "deadline_at": handoff.deadline_at.isoformat() if handoff.deadline_at else None,
    }
    return f"sha256:{hashlib.sha256(canonical(facts)).hexdigest()}"


def _ended(page: HandoffPage) -> list[Any]:
    """List what is shown of how it ended, late claims included: a settlement rests on it."""
    if page.outcome is None:
        return []
    claims = page.settling.claims if page.settling else ()
    return [page.outcome.head, page.outcome.detail, [dict(claim.said) for claim in claims]]


def _there(value: object) -> list[Any]:
    return [] if value is MISSING else [value]


def token(page: HandoffPage) -> str:
    """Write what is shown into a signed token for the form."""
    said = [
        page.handoff.id,
        page.handoff.revision,
        page.handoff.fingerprint,
        digest(page),
        page.needs_reason,
        _preview(page),
    ]
    written: str | bytes = _serializer().dumps(said)
    return written if isinstance(written, str) else written.decode()


def read(text: str, handoff_id: str) -> Shown:
    """Read the token back. Raises StaleRevision where it is not one for this handoff."""
    try:
        about, revision, fingerprint, hashed, with_reason, preview = _serializer().loads(text)
    except (BadSignature, ValueError) as error:
        raise StaleRevision("The page was not complete; look at the handoff again.") from error
    if about != handoff_id:
        raise StaleRevision("The page showed another handoff.")
    return Shown(
        revision=revision,
        fingerprint=fingerprint,
        digest=hashed,
        with_reason=with_reason,
        preview=preview,
    )


def _preview(page: HandoffPage) -> str | None:
    return page.handoff.preview.digest if page.handoff.preview else None


def _serializer() -> URLSafeSerializer:
    # each person's own: nobody can say to have seen what another one's page showed
    return URLSafeSerializer(current_app.secret_key or b"", salt=f"shown:{me().id}")
