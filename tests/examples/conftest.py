"""The sample agents' programs, importable as when one is started, and a real desk for them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sdk.tests.contract.real_desk import RealDesk

EXAMPLES = Path(__file__).parents[2] / "examples"

sys.path.insert(0, str(EXAMPLES / "agents"))


@pytest.fixture
def real(tmp_path):
    """Give a desk with the sample policy in force."""
    made = RealDesk(tmp_path, (EXAMPLES / "policy.yaml").read_text())
    yield made
    made.close()
