"""Guess which known word somebody meant who wrote another."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

LONGEST, FURTHEST = 100, 5  # letters: of a word, and by which two that are near differ in length
MOST = 1_000  # words to look at: whoever writes documents that are all mistakes gets an answer in time, too


def did_you_mean(written: str, known: Iterable[str]) -> str | None:
    """Ask `did you mean amount?` of `amout`; None where nothing known is near."""
    word = written[:LONGEST]
    near = (one for one in known if abs(len(one) - len(word)) <= FURTHEST)
    close = get_close_matches(word, list(islice(near, MOST)), n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else None
