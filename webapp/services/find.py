"""Find handoffs, page by page."""

from __future__ import annotations

from webapp.store import lists
from webapp.store.lists import Filter, Page
from webapp.work import Work

__all__ = ["Filter", "Page", "find"]


def find(work: Work, wanted: Filter, size: int) -> Page:
    """Give the newest handoffs that fit, at most `size`."""
    return lists.newest(work, wanted, size)
