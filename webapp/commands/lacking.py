"""What the executors and looks of a policy need here and lack: secrets, Vault, packages."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from webapp.config import Config
from webapp.domain.executor import VAULT_TOKEN, Executor, ExecutorKind
from webapp.domain.look import Look
from webapp.domain.policy import Policy
from webapp.gateways.extras import HINT, NotInstalled, load
from webapp.gateways.secrets import Secrets


def lacking(config: Config, policy: Policy) -> Iterator[str]:
    """Say in a sentence each what is missing on this computer for what the policy has Handrail do."""
    executors = [one.terms.executor for one in policy.actions.values() if one.terms.executor]
    names = {name for one in (*executors, *_looks(policy)) for name in one.secrets}
    vault = any(one.credentials and one.credentials.vault for one in executors)
    if vault:
        names.add(VAULT_TOKEN)
        if config.vault_url is None:
            yield "HANDRAIL_VAULT_URL is not set, and credentials are to be lent by Vault."
    yield from _missing(config, names)
    yield from _not_installed({"vault": vault, "kubernetes_jobs": _starts_jobs(executors)})


def _looks(policy: Policy) -> Iterator[Look]:
    """Give each look at the world that the policy asks for."""
    for one in policy.actions.values():
        yield from (step.look for step in (one.terms.preview, one.terms.verify) if step)


def _starts_jobs(executors: Sequence[Executor]) -> bool:
    return any(one.kind is ExecutorKind.KUBERNETES_JOB for one in executors)


def _missing(config: Config, names: Collection[str]) -> Iterator[str]:
    where = config.secrets or "HANDRAIL_SECRETS, which is not set"
    for name in Secrets(config.secrets).missing(sorted(names)):
        yield f"The secret {name} is missing in {where}."


def _not_installed(needed: Mapping[str, bool]) -> Iterator[str]:
    for gateway in (name for name, is_needed in needed.items() if is_needed):
        try:
            load(gateway)
        except NotInstalled as error:
            yield f"{error.detail} {HINT}."
