"""What an empty database is filled with at the first start: who may come in, and a policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from webapp.config import Config
from webapp.domain.decision import EVERY_TEAM, Membership, Role
from webapp.first_run import FirstRun, Keep
from webapp.services import accounts, passwords, policies
from webapp.store.accounts import has_users
from webapp.store.policies import latest_number
from webapp.work import Store, Work, reading, unit_of_work

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
SAMPLE_POLICY = EXAMPLES / "policy.yaml"
SAMPLE_AGENTS: Mapping[str, tuple[str, Path]] = {
    "billing-agent": ("payments", EXAMPLES / "agents" / "refunds.py"),
    "support-agent": ("support", EXAMPLES / "agents" / "clarify.py"),
    "infra-agent": ("platform", EXAMPLES / "agents" / "infrastructure.py"),
}
FIRST_AGENT = {"first-agent": "platform"}
FIRST_EMAIL = "admin@example.org"
COLLEAGUE = "colleague@example.org"
BY = "first start"
FIRST_POLICY = """\
# The policy that Handrail starts with: nothing runs unasked. Whatever an agent proposes waits for
# the approvers of the team that it was added with. examples/policy.yaml shows all that one can say.
#
#   handrail policy check FILE
#   handrail policy publish FILE

timezone: UTC
unknown_action: review
"""


def programs() -> dict[str, Path]:
    """Name the sample agents' programs by agent."""
    return {name: program for name, (_, program) in SAMPLE_AGENTS.items()}


def filling(store: Store, config: Config) -> Callable[[Keep], None]:
    """Give what fills an empty database, in one transaction, once its credentials are kept."""

    def fill(keep: Keep) -> None:
        with reading(store) as work:
            if has_users(work):
                return
        password = passwords.generate(store.world)
        hashed = passwords.hash_password(password, store.world)
        with unit_of_work(store) as work:
            if not has_users(work):
                keep(_filled(work, config, password, hashed))

    return fill


def first_policy(work: Work) -> None:
    """Publish the policy under which people decide everything, unless there is one already."""
    if not latest_number(work):
        policies.publish(work, FIRST_POLICY, BY)


def _colleague(work: Work, password_hash: str) -> str:
    """Add a second person, since nobody can agree twice."""
    everything = Membership(team=EVERY_TEAM, role=Role.APPROVER)
    return accounts.add_user(work, COLLEAGUE, everything, password_hash).email


def _filled(work: Work, config: Config, password: str, password_hash: str) -> FirstRun:
    """Add the first admin, the first agents with their keys, and version 1 of the policy."""
    everything = Membership(team=EVERY_TEAM, role=Role.ADMIN)
    admin = accounts.add_user(work, FIRST_EMAIL, everything, password_hash)
    text = SAMPLE_POLICY.read_text(encoding="utf-8") if config.sample else FIRST_POLICY
    policies.publish(work, text, BY)
    samples = {name: team for name, (team, _) in SAMPLE_AGENTS.items()}
    agents = samples if config.sample else FIRST_AGENT
    keys = {name: accounts.add_agent(work, name, team)[1] for name, team in agents.items()}
    first = next(iter(keys))
    colleague = _colleague(work, password_hash) if config.sample else None
    return FirstRun(
        colleague=colleague,
        url=config.public_url,
        email=admin.email,
        password=password,
        agent=first,
        key=keys[first].secret,
        keys={name: key.secret for name, key in keys.items()},
    )
