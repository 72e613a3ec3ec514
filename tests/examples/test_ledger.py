"""The ledger is the truth about what was done, through any crash."""

import json

import pytest
from ledger import Ledger, LedgerTaken

ACTION = {"name": "payments.refund", "args": {"amount": "129.00"}}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "refunds.jsonl"


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_same_permit_has_its_effect_once(path):
    with Ledger(path) as ledger:
        for _ in range(2):
            ledger.do("refund:8841", "pm_1", ACTION)
    assert lines(path) == [{"done": "refund:8841", "permit": "pm_1", "action": ACTION}]


def test_what_was_written_is_known_to_the_next_run(path):
    with Ledger(path) as ledger:
        ledger.note("asked", "refund:8841")
        ledger.do("refund:8841", "pm_1", ACTION)
    with Ledger(path) as again:
        assert again.asked("refund:8841")
        assert again.done("refund:8841")["permit"] == "pm_1"
        assert not again.closed("refund:8841")


def test_a_line_that_a_crash_cut_off_never_happened(path):
    with Ledger(path) as ledger:
        ledger.note("asked", "refund:8841")
    with path.open("a") as file:
        file.write('{"done": "refund:8841", "perm')
    with Ledger(path) as again:
        assert again.done("refund:8841") is None
        again.do("refund:8841", "pm_1", ACTION)
    assert [next(iter(line)) for line in lines(path)] == ["asked", "done"]


def test_two_runs_never_share_a_ledger(path):
    with Ledger(path), pytest.raises(LedgerTaken, match="in use by another run"):
        Ledger(path)
    with Ledger(path) as after:
        assert not after.asked("refund:8841")


def test_a_note_is_made_once(path):
    with Ledger(path) as ledger:
        for _ in range(2):
            ledger.note("closed", "refund:8841")
    assert lines(path) == [{"closed": "refund:8841"}]
