"""Check: what is wrong with a policy document, also as to the people who are there to decide."""

from __future__ import annotations

from webapp.domain.account import AgentInfo
from webapp.domain.decision import DECIDING
from webapp.domain.people import Asker, People
from webapp.domain.policy_document import Report
from webapp.domain.policy_document import check as check_document
from webapp.store import accounts as store
from webapp.work import Work


def check(work: Work, text: str) -> Report:
    """Say everything that is wrong with a document or worth a second look, with the people of this moment."""
    return check_document(text, people(work))


def people(work: Work) -> People:
    """Say who may decide for which team, and who made the keys of which agents."""
    users = [user for user in store.users(work) if user.disabled_at is None]
    deciders: dict[str, set[str]] = {}
    teams: set[str] = set()
    for email, one in ((user.email, one) for user in users for one in user.memberships):
        teams.add(one.team)
        if one.role in DECIDING:
            deciders.setdefault(one.team, set()).add(email)
    return People(
        deciders={team: frozenset(emails) for team, emails in deciders.items()},
        teams=frozenset(teams),
        agents=tuple(map(_asker, store.agents(work))),
    )


def _asker(agent: AgentInfo) -> Asker:
    in_use = (key for key in agent.keys if key.revoked_at is None)
    makers = frozenset(key.maker for key in in_use if key.maker)
    return Asker(name=agent.name, owner=agent.owner, makers=makers)
