"""Guess which known word somebody meant who wrote another."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(written: str, known: Iterable[str]) -> str | None:
    """Ask `did you mean amount?` of `amout`; None where nothing known is near."""
    close = get_close_matches(written[:100], list(known), n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else None
