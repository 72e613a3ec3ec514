"""A sample agent that answers customers, and asks first where a request has two readings."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from desk import Ask, Case, Courier, main

from handrail import Action, Claims, Evidence, Handoff, Interpretation, Status

SHORT = 60
READING = {"clear": 0.94, "likely": 0.72, "open": 0.46}


def shares(case: Case) -> list[float]:
    """Say how likely each reading is: the first by how the request reads, the rest evenly.

    It is too sure of short messages, on purpose: fewer words leave fewer contradictions, which it
    takes for clarity.
    """
    first = READING[case["reads"]] + (0.05 if len(case["message"]) < SHORT else 0.0)
    others = len(case.get("readings", ())) - 1
    return [round(first, 2)] + [round((1 - first) / others, 2)] * others if others > 0 else [first]


def reply(case: Case, text: str) -> Action:
    """Write to the customer."""
    args = {"ticket": case["ticket"], "to": case["name"], "text": text}
    return {"name": "support.reply", "args": args}


def question(case: Case) -> Ask:
    """Ask what was meant, or for the value that is missing."""
    claims: Claims = {
        "uncertainty": case["doubt"],
        "intent": f"Answer ticket {case['ticket']} without guessing",
        "request": {"text": case["message"], "from": case["name"], "at": case["at"]},
        "reasoning": [{"step": 1, "text": one} for one in case["thought"]],
        "evidence": evidence(case),
        "state": {"ticket": case["ticket"], "waiting_for": "a person's reading"},
        "private_state": {"checkpoint": f"question:{case['ticket']}"},
        "tags": ["question"],
    }
    if case.get("readings"):
        claims["confidence"] = shares(case)[0]
        claims["interpretations"] = [
            Interpretation(id=one["id"], text=one["text"], confidence=share)
            for one, share in zip(case["readings"], shares(case), strict=True)
        ]
    if case.get("schema"):
        claims["response_schema"] = case["schema"]
    more: Evidence = {"label": "Earlier tickets", "text": case["history"]}
    key = f"question:{case['ticket']}"
    return Ask(key=key, title=case["question"], kind="question", claims=claims, more=more)


def evidence(case: Case) -> list[Evidence]:
    """Show what a person can check."""
    return [Evidence(label=one["label"], text=one["text"]) for one in case.get("evidence", ())]


def follow_up(case: Case, answered: Handoff) -> Ask | None:
    """Do what the answer means: an action of its own, which policy looks at again."""
    response = answered.decision.response if answered.decision else None
    action = chosen(case, response or {})
    if action is None:
        return None
    claims: Claims = {
        "action": action,
        "confidence": 0.96,
        "intent": f"Answer ticket {case['ticket']} as it was read by a person",
        "request": {"text": case["message"], "from": case["name"], "at": case["at"]},
        "parent_handoff_id": answered.id,
        "expected_effect": expected(action),
        "state": {"ticket": case["ticket"], "answer": response},
        "tags": ["follow-up"],
    }
    return Ask(key=f"reply:{case['ticket']}", title=title_of(action), claims=claims)


def chosen(case: Case, response: Mapping[str, Any]) -> Action | None:
    """Find what the answer leads to: the reading chosen, or a letter with the value filled in."""
    for one in case.get("readings", ()):
        if one["id"] == response.get("interpretation"):
            return one["then"] if "then" in one else reply(case, one["reply"])
    return reply(case, case["reply"].format(**response)) if case.get("schema") else None


def expected(action: Action) -> dict[str, Any]:
    """Say what will be so once it has run."""
    if action["name"] == "support.reply":
        return {"/status": "sent", "/to": action["args"]["to"]}
    return {"/value": action["args"]["to"]}


def title_of(action: Action) -> str:
    """Say in a few words what is to be done."""
    if action["name"] == "support.reply":
        return f"Answer {action['args']['to']}"
    return f"Change {action['args']['field']} of order {action['args']['order_id']}"


def handle(courier: Courier, case: Case) -> None:
    """See one ticket through: the question, then what its answer means."""
    answered = courier.see_through(question(case))
    if answered and answered.status is Status.ANSWERED:
        next_ask = follow_up(case, answered)
        if next_ask:
            courier.see_through(next_ask)


def key_of(case: Case) -> str:
    """Name a case; a ticket is closed when its question and what follows are."""
    return f"ticket:{case['ticket']}"


if __name__ == "__main__":
    sys.exit(main("clarify", key_of, handle, first=3, most=5))
