"""What a stop covers."""

import json

import pytest

from tests.makers import NOW
from webapp.domain.stop import Scope, Stop, in_force


def stop(scope, name=None):
    return Stop(id="st_1", scope=scope, name=name, reason="It loops", by="ann", at=NOW)


@pytest.mark.parametrize(
    ("scope", "name", "covered"),
    [
        (Scope.GLOBAL, None, True),
        (Scope.AGENT, "payer", True),
        (Scope.AGENT, "pay", False),
        (Scope.ACTION, "pay.out", True),
        (Scope.ACTION, "pay.*", True),
        (Scope.ACTION, "pay", False),
        (Scope.ACTION, "pay.out.*", False),
        (Scope.ACTION, "p*", False),
        (Scope.ACTION, "pay.o", False),
    ],
)
def test_a_stop_covers_what_it_names(scope, name, covered):
    assert stop(scope, name).covers("payer", "pay.out") is covered


def test_a_stop_of_an_action_covers_no_question():
    assert not stop(Scope.ACTION, "pay.*").covers("payer", None)
    assert stop(Scope.AGENT, "payer").covers("payer", None)


def test_the_first_stop_that_covers_is_named():
    stops = (stop(Scope.AGENT, "other"), stop(Scope.ACTION, "pay"), stop(Scope.GLOBAL))
    assert in_force(stops, "payer", "pay") is stops[1]
    assert in_force(stops[:1], "payer", "pay") is None


def test_a_stop_says_in_words_what_it_stops():
    assert stop(Scope.GLOBAL).describe() == "everything"
    assert stop(Scope.ACTION, "pay.*").describe() == "action pay.*"


@pytest.mark.parametrize("one", [stop(Scope.GLOBAL), stop(Scope.AGENT, "payer")])
def test_a_stop_survives_json(one):
    assert Stop.from_json(json.loads(json.dumps(one.to_json()))) == one
