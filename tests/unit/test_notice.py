"""What is told of a handoff in Slack and by letter."""

from dataclasses import replace

from tests.makers import submitted, verdict
from webapp.domain.handoff import Status
from webapp.domain.notice import BY_PEOPLE, notice_of
from webapp.domain.verdict import Reason, Route

WITHIN = Reason(
    code="within_policy", route=Route.AUTO, message="Within what level standard may run."
)


def test_of_what_policy_would_let_run_it_is_not_policy_that_is_named_as_the_reason_to_ask():
    runs = submitted(said=verdict(Route.AUTO, reasons=(WITHIN,)))
    waits = replace(runs, status=Status.PENDING)
    assert [one.text for one in notice_of(runs, {}, None, {}).reasons] == [WITHIN.message]
    assert [one.text for one in notice_of(waits, {}, None, {}).reasons] == [BY_PEOPLE]
