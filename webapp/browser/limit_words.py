"""What a form of limits calls them: its groups in their order, and how a folded form tells of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from webapp.domain.limit_fields import ACTIONS, AGENTS


class Control(StrEnum):
    """How an input looks."""

    LINE = "line"
    NUMBER = "number"
    AREA = "area"
    CHOICE = "choice"
    ARG = "arg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The words around one limit; `like` stands where it is empty, `short` is how a folded form tells of it."""

    label: str
    like: str = ""
    short: str = ""
    control: Control = Control.LINE
    is_wide: bool = False


AMOUNT, COUNT, PARTY = "envelope/amount", "envelope/count", "envelope/counterparty"
NUMBER = Control.NUMBER
SECTIONS: Mapping[str, tuple[tuple[str, str, str, Mapping[str, Said]], ...]] = {
    ACTIONS: (
        (
            "Amount",
            AMOUNT,
            "Such as 500 EUR, or for several currencies 500 EUR, 450 GBP. Over all agents together.",
            {
                f"{AMOUNT}/each": Said(label="Each at most", like="no limit", short="{} each"),
                f"{AMOUNT}/per_day": Said(label="Per day", like="no limit", short="{} per day"),
                f"{AMOUNT}/per_month": Said(
                    label="Per month", like="no limit", short="{} per month"
                ),
                f"{AMOUNT}/arg": Said(
                    label="The amount is in", like="such as /amount", control=Control.ARG
                ),
                f"{AMOUNT}/currency": Said(
                    label="Its currency is in, or is", like="/currency, or EUR", control=Control.ARG
                ),
            },
        ),
        (
            "Count",
            COUNT,
            "The length of a list, or a whole number; over all agents together.",
            {
                f"{COUNT}/each": Said(
                    label="Each at most", like="no limit", short="{} each", control=NUMBER
                ),
                f"{COUNT}/per_day": Said(
                    label="Per day", like="no limit", short="{} per day", control=NUMBER
                ),
                f"{COUNT}/per_month": Said(
                    label="Per month", like="no limit", short="{} per month", control=NUMBER
                ),
                f"{COUNT}/arg": Said(
                    label="What is counted is in", like="such as /recipients", control=Control.ARG
                ),
            },
        ),
        (
            "Pace",
            "envelope",
            "Such as 20/hour, per minute, hour or day; and Mon-Fri 08:00-18:00.",
            {
                "envelope/rate": Said(label="Runs of one agent", like="no limit", short="{}"),
                "envelope/hours": Said(
                    label="Hours, one on each line",
                    like="at any time",
                    short="{}",
                    control=Control.AREA,
                    is_wide=True,
                ),
            },
        ),
        (
            "Counterparty",
            PARTY,
            "Such as cus_*, where the star is any characters; denied wins over allowed.",
            {
                f"{PARTY}/arg": Said(
                    label="The counterparty is in",
                    like="such as /counterparty",
                    control=Control.ARG,
                ),
                f"{PARTY}/new": Said(
                    label="New ones", short="new ones: {}", control=Control.CHOICE
                ),
                f"{PARTY}/allow": Said(
                    label="Allowed, one on each line",
                    like="anybody",
                    short="only {}",
                    control=Control.AREA,
                ),
                f"{PARTY}/deny": Said(
                    label="Denied, one on each line",
                    like="nobody",
                    short="not {}",
                    control=Control.AREA,
                ),
            },
        ),
        (
            "Confidence, samples and cost",
            "tiers",
            "Confidences and shares are from 0 to 1.",
            {
                "tiers/auto": Said(
                    label="Unasked from",
                    like="0.95 unless said",
                    short="unasked from {}",
                    control=NUMBER,
                ),
                "tiers/review": Said(
                    label="Refused below",
                    like="0 unless said",
                    short="refused below {}",
                    control=NUMBER,
                ),
                "audit_sample": Said(
                    label="Looked at afterwards",
                    like="0 unless said",
                    short="{} looked at afterwards",
                    control=NUMBER,
                ),
                "cost": Said(
                    label="Cost, in units of budgets",
                    like="1 unless said",
                    short="costs {}",
                    control=NUMBER,
                ),
            },
        ),
    ),
    AGENTS: (
        (
            "Budget and attention",
            "attention",
            "What it may spend by running unasked, and how much it may ask of people.",
            {
                "daily_budget": Said(
                    label="Units per day", like="no limit", short="{} units per day", control=NUMBER
                ),
                "attention/pending": Said(
                    label="Waiting at once",
                    like="no limit",
                    short="{} waiting at once",
                    control=NUMBER,
                ),
                "attention/per_day": Said(
                    label="To people per day",
                    like="no limit",
                    short="{} to people per day",
                    control=NUMBER,
                ),
            },
        ),
    ),
}
NEW = (("", "like any other"), ("review", "go to people"), ("block", "are refused"))
