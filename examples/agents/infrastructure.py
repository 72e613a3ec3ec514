"""A sample agent that changes settings of services, always saying what they were before."""

from __future__ import annotations

import sys
from typing import Any

from desk import Ask, Case, Courier, main

from handrail import Action, Claims, Evidence, Interpretation, Task

ROUTINE = 3
TITLES = {
    "infra.set_replicas": "Scale {service} from {from} to {to}",
    "infra.set_log_level": "Log {service} at {to}",
    "infra.set_flag": "Switch {flag} in {environment}",
    "infra.set_limit": "Set {limit} of {service} to {to}",
    "infra.rotate_key": "Rotate {key} of {service}",
}


def confidence(case: Case) -> float:
    """Say how sure the agent is, 0 to 1: how many signals agree, how often it has done this.

    It is too sure on purpose where it counts signals without asking whether they are independent:
    three alarms that one slow database has set off count three times.
    """
    sure = 0.55 + 0.12 * min(len(case["signals"]), 3)
    sure += 0.08 if case["done_before"] >= ROUTINE else 0.0
    sure -= 0.20 if case.get("other") else 0.0
    return round(min(sure, 0.99), 2)


def task_for(case: Case) -> Ask | None:
    """Ask first whether a change that can lock others out is fit to be begun; None for any other change.

    The agent seldom knows whom to tell, so the task is seldom complete: people fill that in.
    """
    if case["action"] != "infra.rotate_key":
        return None
    args = case["args"]
    known = {name: args[name] for name in ("key", "service")}
    told = {"contact": case["contact"]} if "contact" in case else {}
    task: Task = {
        "type": "infra.key_change",
        "goal": f"Rotate {args['key']} of {args['service']}",
        "inputs": {**known, **told},
        "acceptance": [f"no client uses {args['key']} {args['from']} any more"],
        "touches": [f"keys/{args['key']}", f"services/{args['service']}"],
    }
    claims: Claims = {
        "task": task,
        "intent": case["intent"],
        "request": {"text": case["trigger"], "from": case["source"], "at": case["at"]},
    }
    more: Evidence = {"label": "The last time", "text": case["history"]}
    title = f"Rotate {args['key']}: may I begin?"
    return Ask(key=f"task:{case['change']}", title=title, claims=claims, kind="task", more=more)


def ask_for(case: Case, task_id: str | None = None) -> Ask:
    """Turn a finding into a handoff; `task_id` is the admitted task that it belongs to."""
    key, action = key_of(case), Action(name=case["action"], args=case["args"])
    claims: Claims = {
        "action": action,
        "confidence": confidence(case),
        "intent": case["intent"],
        "request": {"text": case["trigger"], "from": case["source"], "at": case["at"]},
        "reasoning": reasoning(case),
        "evidence": [Evidence(label=one["label"], text=one["text"]) for one in case["signals"]],
        "state": {"change": case["change"], "before": case["args"].get("from")},
        "private_state": {"checkpoint": key},
        "tags": [case["action"].partition(".")[2]],
    }
    if "to" in case["args"]:
        claims["expected_effect"] = {"/value": case["args"]["to"]}
    if task_id:
        claims["task_id"] = task_id
    if case.get("doubt"):
        claims["uncertainty"] = case["doubt"]
    if case.get("other"):
        claims["interpretations"] = interpretations(case, action)
    more: Evidence = {"label": "The last time", "text": case["history"]}
    return Ask(key=key, title=title(case), claims=claims, more=more)


def interpretations(case: Case, action: Action) -> list[Interpretation]:
    """Give both readings of the signals; the other one leads to another change."""
    sure, other = confidence(case), case["other"]
    mine: Interpretation = {
        "id": "mine",
        "text": case["reading"],
        "confidence": sure,
        "action": action,
    }
    second: Interpretation = {
        "id": "other",
        "text": other["text"],
        "confidence": round(1 - sure, 2),
        "action": other["action"],
    }
    return [mine, second]


def reasoning(case: Case) -> list[Any]:
    """Retell how the agent came to its proposal."""
    seen = [{"text": f"{one['label']}: {one['text']}"} for one in case["signals"]]
    last = {"text": f"Done {case['done_before']} times before; {confidence(case):.0%} sure."}
    return [{"step": number, **one} for number, one in enumerate([*seen, last], start=1)]


def title(case: Case) -> str:
    """Say in a few words what is to be changed."""
    words = str(TITLES.get(case["action"], case["intent"]))
    return words.format(**case["args"])


def handle(courier: Courier, case: Case) -> None:
    """See one change through: the task where it needs one, then what is to be changed."""
    task = task_for(case)
    handed_in = courier.see_through(task) if task else None
    if task is None:
        courier.see_through(ask_for(case))
    elif handed_in and handed_in.admitted:
        courier.see_through(ask_for(case, handed_in.id))


def key_of(case: Case) -> str:
    """Name a case, as its ask is named."""
    return f"change:{case['change']}"


if __name__ == "__main__":
    sys.exit(main("infrastructure", key_of, handle, first=3, most=8))
