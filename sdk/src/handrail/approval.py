"""A function that runs only when policy or a person agrees: the whole loop in one decorator."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, Unpack

from handrail.client import Client
from handrail.fields import Claims

T = TypeVar("T")


def requires_approval(
    client: Client, name: str, *, key: str, title: str, **claims: Unpack[Claims]
) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Make calls of the function ask first; `key` and `title` are filled in from its arguments.

        @requires_approval(client, "payments.refund", key="refund:{order_id}", title="Refund it")
        def refund(execution, order_id, amount): ...

        refund(order_id="8841", amount="129.00")

    The call blocks until somebody has decided, runs with the args as approved, edited or not, and
    reports. Raise NotApproved where there is nothing to run: denied, blocked, expired, or done
    before under this key.
    """

    def decorate(function: Callable[..., T]) -> Callable[..., T]:
        @wraps(function)
        def ask_first(**args: object) -> T:
            asked: Claims = {**claims, "action": {"name": name, "args": args}}
            handoff = client.submit(key=key.format(**args), title=title.format(**args), **asked)
            with client.run(handoff.wait()) as execution:
                return function(execution, **execution.args)

        return ask_first

    return decorate
