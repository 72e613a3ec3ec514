"""The neighbours that need packages which are not installed with Handrail unless somebody asks for them."""

from __future__ import annotations

import importlib
from types import ModuleType

from webapp.domain.errors import HandrailError

HINT = "Run: pip install --require-hashes -r requirements/extras.lock"


class NotInstalled(HandrailError):
    """A package that this executor needs is not installed."""

    code = "not_installed"


def load(gateway: str) -> ModuleType:
    """Load one of our gateways with what it needs. Raises NotInstalled, which says what to install."""
    try:
        return importlib.import_module(f"webapp.gateways.{gateway}")
    except ModuleNotFoundError as error:
        raise NotInstalled(
            f"The package {error.name} is not installed where the worker runs.", hint=HINT
        ) from error
