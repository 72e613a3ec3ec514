"""What a check finds of teams and counts, once it knows who is there."""

import pytest

from webapp.domain.people import Asker, People
from webapp.domain.policy_document import check
from webapp.domain.policy_people import CODES


def there(agents=(), **teams):
    """People by team, who all decide; `every` are those who decide for every team."""
    every = {"*": teams.pop("every")} if "every" in teams else {}
    deciders = {team: frozenset(names) for team, names in {**teams, **every}.items()}
    return People(deciders=deciders, teams=frozenset(deciders), agents=tuple(agents))


def agent(name, owner="payments", *makers):
    return Asker(name=name, owner=owner, makers=frozenset(makers))


def found(text, people):
    """The warnings that look at people: code, path and message."""
    report = check(text, people)
    assert report.problems == ()
    return [
        (one.code, one.pointer, one.message, one.hint)
        for one in report.warnings
        if one.code in CODES
    ]


def action(approvals="", more=""):
    return f"actions:\n  pay:\n    risk: low\n    args: {{type: object}}\n{approvals}{more}"


TWO = action("    approvals: {from: [leads], count: 2}\n")


def test_without_people_nothing_is_said_of_them():
    assert check(TWO) == check(TWO, None)
    assert found(TWO, None) == []


def test_where_nobody_decides_anything_that_is_said_once():
    [(code, path, message, hint)] = found(TWO, there(leads=[]))
    assert (code, path) == ("nobody_decides", "")
    assert message.startswith("Nobody may decide anything yet")
    assert "handrail user add" in hint


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (action("    approvals: {from: [paymets]}\n"), "actions.pay.approvals.from"),
        ("tasks: {a: {approvals: {from: [paymets]}}}", "tasks.a.approvals.from"),
        ("agents: {a: {owner: paymets}}", "agents.a.owner"),
        ("agents: {a: {owner: payments, questions: {to: paymets}}}", "agents.a.questions.to"),
    ],
)
def test_a_team_for_which_nobody_decides_is_named_where_it_stands(text, path):
    [first] = found(text, there(payments=["ann"]))
    assert first == ("team_empty", path, "Nobody may decide for paymets.", "did you mean payments?")


def test_who_decides_for_every_team_decides_for_any_but_a_slip_is_pointed_at():
    people = there(payments=["ann"], every=["ada"])
    assert found(action("    approvals: {from: [anybody]}\n"), people) == []
    [(code, _, message, hint)] = found(action("    approvals: {from: [paymets]}\n"), people)
    assert (code, hint) == ("team_unknown", "did you mean payments?")
    assert message == "Nobody belongs to paymets; only who decides for every team may."


def test_a_team_of_viewers_alone_is_one_for_which_nobody_decides():
    people = People(deciders={"leads": frozenset({"ann"})}, teams=frozenset({"leads", "watchers"}))
    [(code, _, _, hint)] = found(action("    approvals: {from: [watchers]}\n"), people)
    assert (code, hint) == (
        "team_empty",
        "handrail user add EMAIL --role approver --team watchers",
    )


def test_the_team_of_an_agent_is_looked_at_where_the_document_names_no_owner():
    people = there([agent("mailer", "mail")], leads=["ann"])
    assert ("team_empty", "agents", "Nobody may decide for mail.") in [
        one[:3] for one in found("{}", people)
    ]
    assert found("agents: {mailer: {owner: leads}}", people) == []


def test_a_count_that_the_teams_cannot_reach_is_said_with_how_many_there_are():
    [(code, path, message, _)] = found(TWO, there(leads=["ann"]))
    assert (code, path) == ("too_few_people", "actions.pay.approvals.count")
    assert message == "Two people must agree to pay, and only one person may decide for leads."
    assert found(TWO, there(leads=["ann"], every=["ada"])) == []


def test_who_is_in_several_teams_counts_once():
    text = action("    approvals: {from: [leads, payments], when_critical: 2}\n")
    [(_, path, message, _)] = found(text, there(leads=["ann"], payments=["ann"]))
    assert path == "actions.pay.approvals.when_critical"
    assert message == (
        "Two people must agree to critical pay, and only one person may decide for leads or payments."
    )
    assert found(text, there(leads=["ann"], payments=["bob"])) == []


def test_the_owner_team_is_counted_where_no_team_is_named():
    text = "agents: {billing: {owner: payments}}\n" + action("    approvals: {count: 2}\n")
    [(_, _, message, _)] = found(text, there(payments=["ann"], other=["bob", "cy"]))
    assert message.endswith("only one person may decide for payments.")


def test_who_made_the_key_of_an_agent_never_counts_for_it():
    people = there(
        [agent("billing", "leads", "ann"), agent("other", "leads")], leads=["ann", "bob"]
    )
    [(code, path, message, hint)] = found(TWO, people)
    assert (code, path) == ("too_few_people", "actions.pay.approvals.count")
    assert message == (
        "Two people must agree to pay; who made a key of billing never counts, which leaves one person of leads."
    )
    assert "somebody else make the key" in hint


def test_each_key_leaves_out_its_own_maker_alone():
    people = there([agent("billing", "leads", "ann", "bob")], leads=["ann", "bob", "cy"])
    assert found(TWO, people) == []


def test_an_agent_without_a_grant_for_it_does_not_matter():
    people = there([agent("billing", "leads", "ann")], leads=["ann", "bob"])
    text = "agents: {billing: {owner: leads, actions: [other]}}\n" + TWO
    assert "too_few_people" not in [one[0] for one in found(text, people)]


def test_the_only_one_who_may_answer_an_agent_and_made_its_key_is_nobody():
    people = there([agent("billing", "payments", "ann")], payments=["ann"], leads=["bob"])
    text = """\
agents: {billing: {owner: leads, questions: {to: payments}}}
tasks: {errand: {approvals: {from: [payments]}}}
"""
    [(_, path, message, _)] = found(text, people)
    assert path == "tasks.errand.approvals.from"
    assert message == (
        "One person must agree to a task errand, what billing asks; who made a key of billing never counts,"
        " which leaves nobody of payments."
    )


def test_under_a_policy_that_says_nothing_the_owner_team_decides_and_its_one_person_may_not():
    people = there([agent("billing", "payments", "ann")], payments=["ann"])
    [(_, _, message, _)] = found("{}", people)
    assert message == (
        "One person must agree to what has no type of its own; who made a key of billing never counts,"
        " which leaves nobody of payments."
    )


def test_what_is_short_in_the_same_way_is_told_once():
    lines = "".join(
        f"  pay.n{n}: {{risk: low, args: {{type: object}}, approvals: {{from: [leads], count: 2}}}}\n"
        for n in range(40)
    )
    [(_, path, message, _)] = found(f"actions:\n{lines}", there(leads=["ann"]))
    assert path == "actions.pay.n0.approvals.count"
    assert message.startswith(
        "Two people must agree to pay.n0, pay.n1, pay.n2 and 37 more, and only"
    )


def test_a_team_that_is_asked_when_time_is_short_is_looked_for_too():
    asked = "    approvals: {from: [leads]}\n"
    more = "    deadline: {after: 2h, escalate: [{after: 1h, to: board}]}\n"
    people = there(leads=["ann"], board=[])
    assert found(action(asked), people) == []
    [(_, place, message, _)] = found(action(asked, more), people)
    assert (place, "board" in message) == ("actions.pay.deadline", True)
