"""How long what crashes has to wait, and how its end is put in words."""

from datetime import timedelta

from webapp.supervisor import LONGEST_DELAY, how, pause_after


def test_the_first_crash_is_mended_almost_at_once():
    assert pause_after(1) == timedelta(seconds=0.5)


def test_each_further_crash_waits_twice_as_long_up_to_a_bound():
    pauses = [pause_after(crashes) for crashes in range(1, 100)]
    assert pauses[1] == 2 * pauses[0]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_DELAY


def test_an_end_is_put_in_words():
    assert how(3) == "status 3"
    assert how(-9) == "killed by SIGKILL"
