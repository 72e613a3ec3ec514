"""`handrail up`, as a process: what it starts, what it says, and that nothing outlives it."""

import signal
import socket

import psutil
import pytest

from tests.fault.desks import Desk, desk, mode, refusal, survivors
from tests.servers import free_port

pytestmark = pytest.mark.fault


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def up(tmp_path, port):
    with desk(tmp_path, port) as running:
        yield running


def test_the_first_start_says_address_sign_in_and_agent_key(up: Desk):
    for words in (f"http://127.0.0.1:{up.port}", "admin@example.org", "pw", "hr_1"):
        assert words in up.output


def test_the_page_answers_as_soon_as_the_address_is_printed(up: Desk):
    assert up.ask() == b"alive"


def test_credentials_are_kept_for_programs_and_readable_by_their_owner_alone(up: Desk):
    kept = up.first_run()
    assert {"url", "email", "password", "agent", "key"} <= kept.keys()
    assert mode(up.home / "first-run.json") == mode(up.home / "secret-key") == 0o600


def test_whatever_it_keeps_is_closed_to_others_also_in_a_folder_that_is_not(tmp_path, port):
    tmp_path.chmod(0o755)
    with desk(tmp_path, port) as running:
        kept = list(running.home.rglob("*"))
        assert kept
        assert [file.name for file in kept if mode(file) & 0o077] == []


def test_web_worker_redis_and_sample_agents_run(up: Desk):
    for words in ("gunicorn", "tests.fault.idle", "redis.sock", "idle.py"):
        assert up.find(words).is_running()


def test_a_later_start_finds_the_data_and_the_secret_of_the_first(tmp_path, port):
    with desk(tmp_path, port) as first:
        secret = (tmp_path / "secret-key").read_text()
        first.end()
    with desk(tmp_path, port) as second:
        assert "data of before" in second.output
        assert (tmp_path / "secret-key").read_text() == secret


def test_a_later_start_elsewhere_notes_the_new_address(tmp_path, port):
    with desk(tmp_path, port) as first:
        first.end()
    other = free_port()
    with desk(tmp_path, other) as second:
        assert second.first_run()["url"] == f"http://127.0.0.1:{other}"
        assert second.first_run()["password"] == "pw"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_stop_it_ends_everything_and_says_success(up: Desk, number):
    below = up.below()
    assert up.end(number) == 0
    assert survivors(below) == []


def test_killed_it_leaves_no_orphan(up: Desk):
    below = up.below()
    assert len(below) >= 5
    up.end(signal.SIGKILL)
    assert survivors(below) == []


def test_killed_it_can_be_started_again_at_once(tmp_path, port):
    with desk(tmp_path, port) as first:
        first.end(signal.SIGKILL)
    with desk(tmp_path, port) as second:
        assert second.ask() == b"alive"


@pytest.mark.parametrize("words", ["gunicorn", "redis.sock", "tests.fault.idle"])
def test_what_crashes_is_started_again(up: Desk, words):
    crashed = up.find(words)
    crashed.kill()
    assert "starting it again" in up.read_until("starting it again")
    psutil.wait_procs([crashed], timeout=5)
    assert wait_for(up, words) != crashed.pid


def test_while_the_web_process_is_started_again_requests_wait_and_are_answered(up: Desk):
    web = up.find("gunicorn")
    crashed = [web, *web.children(recursive=True)]
    web.kill()
    # a request that a dying server took already is lost with it; those that come after it wait
    assert survivors(crashed) == []
    assert up.ask() == b"alive"


def test_without_samples_no_sample_agent_runs(tmp_path, port):
    with desk(tmp_path, port, HANDRAIL_SAMPLE="0") as running:
        running.ask()
        assert not any("idle.py" in " ".join(one.cmdline()) for one in running.below())


def test_sample_agents_do_not_see_what_is_handrails_alone(tmp_path, port):
    with desk(tmp_path, port, HANDRAIL_SECRET_KEY="s" * 40) as running:
        seen = psutil.Process(wait_for(running, "idle.py")).environ()
    assert seen["HANDRAIL_KEY"] == "hr_1"
    assert "HANDRAIL_SECRET_KEY" not in seen


def test_a_second_up_with_the_same_data_is_refused_in_one_sentence(up: Desk):
    said = refusal(up.home, free_port())
    assert said.startswith(f"Handrail already runs with the data folder {up.home}")
    assert str(up.process.pid) in said


def test_a_taken_port_is_refused_in_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        said = refusal(tmp_path, other.getsockname()[1])
    assert said.endswith("is taken: stop what uses it, or set HANDRAIL_PORT to another port.")


def test_a_folder_that_cannot_be_made_is_refused_in_one_sentence(tmp_path, port):
    (tmp_path / "file").touch()
    said = refusal(tmp_path / "file" / "var", port)
    assert said.startswith(f"The data folder {tmp_path / 'file' / 'var'} cannot be written to")
    assert len(said.splitlines()) == 1


def test_a_home_with_a_very_long_path_works(tmp_path, port):
    with desk(tmp_path / ("long" * 40), port) as running:
        assert running.find("redis.sock").is_running()


def test_a_web_process_that_cannot_start_is_said_in_one_sentence_and_leaves_nothing(tmp_path, port):
    said = refusal(tmp_path, port, HANDRAIL_TEST_BROKEN="1")
    assert said == f"The web process did not start; {tmp_path / 'log' / 'web.log'} says why."


def wait_for(running: Desk, words: str) -> int:
    """Give the id of the process with `words` in its command, as soon as there is one."""
    for _ in range(500):
        for child in running.below():
            if not psutil.wait_procs([child], timeout=0.01)[0] and words in " ".join(
                child.cmdline()
            ):
                return child.pid
    raise AssertionError(f"no process with {words!r}")
