"""What a channel would be told now, for looking at it without one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from webapp.domain.copy import likeness
from webapp.domain.decision import Person
from webapp.domain.handoff import Handoff, Status
from webapp.domain.notice import Notice
from webapp.services import inbox
from webapp.services.decide import seen
from webapp.services.notices import ASKED_ABOUT, notice_now
from webapp.store.lists import Filter
from webapp.work import Work

LOOKED_AT = 60  # newest handoffs
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """A notice as it would be told now; `like` counts others that would wait behind it."""

    notice: Notice
    like: int = 0


def specimen(work: Work, person: Person, handoff_id: str) -> Specimen:
    """Give what would be told of one handoff that the person may see. Raises NotFound."""
    return Specimen(notice=notice_now(work, seen(work, handoff_id, person)))


def specimens(work: Work, person: Person) -> list[Specimen]:
    """Give what would be told of the newest handoffs that people were asked about: of each sort one."""
    found = inbox.everything(work, person, Filter(), LOOKED_AT).handoffs
    told = [one for one in found if one.status in ASKED_ABOUT or one.decided is not None]
    return [
        Specimen(notice=notice_now(work, seen(work, first.id, person)), like=like)
        for first, like in list(_sorts(told))[:MOST_SHOWN]
    ]


def _sorts(newest_first: Iterable[Handoff]) -> Iterator[tuple[Handoff, int]]:
    """Give one of each sort: of those that wait the oldest, with how many wait behind it; else the newest."""
    sorts: dict[tuple[str, Status], list[Handoff]] = {}
    for one in newest_first:
        sorts.setdefault((likeness(one), one.status), []).append(one)
    for alike in sorts.values():
        waits = alike[0].status is Status.PENDING
        yield (alike[-1], len(alike) - 1) if waits else (alike[0], 0)
