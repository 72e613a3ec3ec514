"""The client against the real application, so that they cannot drift apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handrail import Client, Handoff
from sdk.tests.contract.real_desk import RealDesk

POLICY = Path(__file__).parents[3] / "examples" / "policy.yaml"


@pytest.fixture
def real(tmp_path):
    """Give a desk with the sample policy in force."""
    made = RealDesk(tmp_path, POLICY.read_text())
    yield made
    made.close()


@pytest.fixture
def agent(real: RealDesk) -> Client:
    """Give the billing agent's client."""
    return real.client()


@pytest.fixture
def refund(agent: Client) -> Callable[..., Handoff]:
    """Give a function that asks for a refund, unsure enough for a person to decide."""

    def ask(order: str = "8841", amount: str = "129.00", **claims: Any) -> Handoff:
        args = {
            "order_id": order,
            "amount": amount,
            "currency": "EUR",
            "counterparty": "cus_77",
            "reason": "damaged",
        }
        return agent.submit(
            key=f"refund:{order}",
            title=f"Refund order {order}",
            **{"action": {"name": "payments.refund", "args": args}, "confidence": 0.83, **claims},
        )

    return ask
