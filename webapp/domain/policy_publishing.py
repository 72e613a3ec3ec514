"""Read by how many people the next policy is published."""

from __future__ import annotations

from webapp.domain.policy_section import Section

_NUMBERS = {"one": 1, "two": 2}


def read_publishing(document: Section) -> bool:
    """Say whether another person than its author must publish the next policy."""
    section = document.section("publishing")
    section.only(("by",))
    return section.choice("by", _NUMBERS, 1) > 1
