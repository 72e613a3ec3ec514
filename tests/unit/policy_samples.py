"""Policy documents that tests start from."""

import textwrap

from webapp.domain.policy_document import check, parse

POLICY = """\
timezone: Europe/Berlin
agents:
  billing-agent:
    owner: payments
    autonomy: {start: supervised, max: standard}
    daily_budget: 2000
    actions: ["payments.*"]
    questions: {to: support-leads, deadline: 2h}
  "*": {owner: platform}
actions:
  payments.refund:
    title: Refund a customer
    summary: "Refund {amount} {currency} to {counterparty}"
    target: /order_id
    pinned: [/amount, /counterparty]
    risk: medium
    because: Money leaves the house and rarely comes back
    reversible: false
    cost: 100
    args:
      type: object
      required: [order_id, amount, currency, counterparty, reason]
      additionalProperties: false
      properties:
        order_id: {type: string, maxLength: 40}
        amount: {type: string, pattern: '^[0-9]+\\.[0-9]{2}$'}
        currency: {enum: [EUR, USD]}
        counterparty: {type: string}
        reason: {enum: [damaged, goodwill, fraud]}
        count: {type: integer}
    tiers: {auto: 0.9, review: 0.6}
    rules:
      - {when: {reason: goodwill, currency: USD}, route: review, because: Goodwill in dollars}
      - {when: {reason: fraud}, risk: critical, because: Fraud needs two people}
    approvals: {from: [payments-leads], count: 1, when_critical: 2}
    deadline: {after: 30m, then: expire}
    permit: {valid: 2d, run_within: 90s, not_before: 10s}
    executor: agent
unknown_action: block
"""

ARGS = {
    "order_id": "8841",
    "amount": "129.00",
    "currency": "EUR",
    "counterparty": "cus_77",
    "reason": "damaged",
}


def sample():
    """Read the sample policy as version 3."""
    return parse(POLICY, number=3)


def action_with(lines):
    """Write a policy with one action `a.b` that has these lines and is fine but for them."""
    return "actions:\n  a.b:\n" + textwrap.indent(textwrap.dedent(lines).strip("\n"), "    ") + "\n"


def read_action(lines):
    """Read the one action of `action_with`."""
    return parse(action_with(lines), number=1).actions["a.b"]


def found(text):
    """List the problems of a document as (line, column, pointer, code)."""
    return [(p.line, p.column, p.pointer, p.code) for p in check(text).problems]


def codes(text):
    """List the codes of a document's problems."""
    return [problem.code for problem in check(text).problems]


def warnings(text):
    """List the codes of a document's warnings."""
    return [warning.code for warning in check(text).warnings]
