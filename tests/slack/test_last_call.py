"""Who waits and who commits agree on whether a decision counts, whichever of them is first."""

from concurrent.futures import Future

import pytest

from webapp.domain.errors import NotNow
from webapp.services.chat import TOO_SLOW
from webapp.slack.last_call import NOBODY_KNOWS, LastCall


def test_what_is_given_up_is_never_recorded_afterwards():
    call = LastCall(0.01)
    with pytest.raises(NotNow, match="Nothing was decided"):
        call.wait(Future())
    assert call.missed()


def test_what_is_being_recorded_is_never_called_undecided():
    call = LastCall(0.05)
    assert not call.missed()
    with pytest.raises(NotNow) as raised:
        call.wait(Future())
    assert raised.value.detail == NOBODY_KNOWS
    assert TOO_SLOW != NOBODY_KNOWS


def test_what_comes_after_its_time_is_missed():
    assert LastCall(-1.0).missed()


def test_what_is_done_in_time_is_given():
    done: Future[int] = Future()
    done.set_result(7)
    assert LastCall(0.0).wait(done) == 7


def test_what_a_thread_raises_is_raised_here():
    failed: Future[int] = Future()
    failed.set_exception(TimeoutError("its own"))
    with pytest.raises(TimeoutError, match="its own"):
        LastCall(1.0).wait(failed)
