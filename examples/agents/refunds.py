"""A sample agent that refunds damaged orders: it reads complaints and is too sure of photos."""

from __future__ import annotations

import sys

from desk import Ask, Case, Courier, main

from handrail import Action, Alternative, Claims, Evidence, Interpretation, Step

MONTH = 30
WORDS = {
    "damaged": "arrived damaged",
    "missing": "never arrived",
    "wrong_item": "was the wrong item",
    "late": "came too late",
    "duplicate_charge": "was charged twice",
    "goodwill": "a goodwill request",
    "chargeback": "disputed at the bank",
    "outside_window": "older than 90 days",
}


def confidence(case: Case) -> float:
    """Say how sure the agent is, 0 to 1: what it found, added up.

    It is too sure in two places, on purpose. Any photo counts as proof, whatever it shows: where it
    shows another item or old wear (`truth` in the data says so), the agent is surest when it is
    wrong. And a carrier's scan counts in full for damage that happened long after delivery.
    """
    sure = 0.50
    sure += 0.25 if case.get("photo") else 0.0
    sure += 0.15 if case.get("scan") else 0.0
    sure += 0.40 if case.get("record") else 0.0
    sure += 0.08 if case["orders"] == 1 else -0.12
    sure -= 0.10 if case["days"] > MONTH else 0.0
    return round(min(sure, 0.98), 2)


def proposal(case: Case) -> Action:
    """Propose the refund."""
    args = {
        "order_id": case["order"],
        "amount": case["amount"],
        "currency": case["currency"],
        "counterparty": case["customer"],
        "reason": case["reason"],
    }
    return {"name": "payments.refund", "args": args}


def letter(case: Case, text: str) -> Action:
    """Write to the customer instead."""
    args = {"ticket": case["order"], "to": case["name"], "text": text}
    return {"name": "support.reply", "args": args}


def doubt(case: Case) -> str | None:
    """Say what the agent itself is unsure about, which is not all that it should be."""
    if case.get("doubt"):
        return str(case["doubt"])
    if case["orders"] > 1:
        return f"{case['orders']} orders of this customer fit; I took the latest."
    if case["reason"] in {"damaged", "wrong_item"} and not case.get("photo"):
        return "There is no photo; I go by the message alone."
    if case["days"] > MONTH:
        return f"{case['days']} days have passed since delivery."
    return None


def readings(case: Case) -> list[Interpretation]:
    """Give the readings of an ambiguous message; the second leads to a question to the customer."""
    if not case.get("other"):
        return []
    sure = confidence(case)
    text = f"{case['item']}, {WORDS[case['reason']]}"
    return [
        {"id": "refund", "text": text, "confidence": sure, "action": proposal(case)},
        {
            "id": "ask",
            "text": case["other"],
            "confidence": round(1 - sure, 2),
            "action": letter(case, case["reply"]),
        },
    ]


def steps(case: Case) -> list[Step]:
    """Retell how the agent came to its proposal."""
    found = {"orders": case["orders"], "item": case["item"], "paid": case["amount"]}
    told: list[Step] = [
        {
            "text": f"Looked for orders of {case['customer']} that fit the message.",
            "tool": "orders.find",
            "args": {"customer": case["customer"]},
            "result": found,
        },
        {"text": f"Looked at the photo: {case['photo']}" if case.get("photo") else "No photo."},
        {"text": f"Asked the carrier: {case['scan']}" if case.get("scan") else "No scan to go by."},
        {"text": f"All in all I am {confidence(case):.0%} sure of this: {WORDS[case['reason']]}."},
    ]
    return [{**one, "step": number} for number, one in enumerate(told, start=1)]


def evidence(case: Case) -> list[Evidence]:
    """Show what a person can check."""
    shown: list[Evidence] = [
        {
            "label": "Order",
            "text": f"{case['item']}, {case['amount']} {case['currency']}, {case['days']} days ago",
        }
    ]
    labels = {"photo": "Photo", "scan": "Carrier scan", "record": "Our records"}
    shown += [{"label": labels[one], "text": case[one]} for one in labels if case.get(one)]
    return shown


def ask_for(case: Case) -> Ask:
    """Turn a complaint into a handoff."""
    order, key = case["order"], f"refund:{case['order']}"
    claims: Claims = {
        "action": proposal(case),
        "confidence": confidence(case),
        "intent": f"Settle the complaint about order {order}",
        "request": {"text": case["message"], "from": case["name"], "at": case["at"]},
        "reasoning": steps(case),
        "evidence": evidence(case),
        "state": {"step": 4, "orders_checked": [order]},
        "private_state": {"checkpoint": key},
        "expected_effect": {"/status": "refunded"},
        "tags": [case["reason"]],
    }
    if doubt(case):
        claims["uncertainty"] = str(doubt(case))
    if readings(case):
        claims["interpretations"] = readings(case)
        other = Alternative(action=letter(case, case["reply"]), why_not="It would cost a day more.")
        claims["alternatives"] = [other]
    if case.get("hurry"):
        claims["expires_in"] = case["hurry"]
    title = f"Refund order {order}: {case['item']}, {WORDS[case['reason']]}"
    more: Evidence = {"label": "Customer history", "text": case["history"]}
    return Ask(key=key, title=title, claims=claims, more=more)


def handle(courier: Courier, case: Case) -> None:
    """See one complaint through."""
    courier.see_through(ask_for(case))


def key_of(case: Case) -> str:
    """Name a case, as its ask is named."""
    return f"refund:{case['order']}"


if __name__ == "__main__":
    sys.exit(main("refunds", key_of, handle, first=4, most=8))
