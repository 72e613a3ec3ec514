"""The people whom a policy may ask, as accounts and keys stand: who decides for which team, and whose agents ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from webapp.domain.decision import EVERY_TEAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """An agent, the team that it was added with, and who made its keys that are in use."""

    name: str
    owner: str
    makers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who may decide, by team (`*` for every team), and the agents; a person is named by their e-mail.

    `teams` are those that have a member, whether they may decide or not.
    """

    deciders: Mapping[str, frozenset[str]]
    teams: frozenset[str]
    agents: tuple[Asker, ...] = ()

    def deciding(self, teams: Iterable[str]) -> frozenset[str]:
        """Name everybody who may decide for one of these teams."""
        nobody: frozenset[str] = frozenset()
        return nobody.union(*(self.deciders.get(team, nobody) for team in (*teams, EVERY_TEAM)))

    @property
    def anybody(self) -> bool:
        """Say whether anybody may decide anything."""
        return any(self.deciders.values())
