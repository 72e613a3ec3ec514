"""The private Redis-compatible server, and how processes of ours start and end."""

import os
import signal
import stat
from pathlib import Path

import psutil
import pytest
import redis as client

from tests import servers
from tests.fault.desks import survivors
from webapp.config import CannotStart, environment, socket_folder
from webapp.embedded import insist_on_privacy, redis_binary, redis_program, wait_for_redis
from webapp.processes import Program, end, lock, spawn

pytestmark = pytest.mark.fault


def test_it_takes_no_connection_but_through_its_socket():
    with servers.redis() as url, client.Redis.from_url(url) as line:
        assert line.config_get("port") == {"port": "0"}


def test_its_socket_is_for_its_owner_alone():
    with servers.redis() as url:
        found = Path(url.removeprefix("unix://")).stat()
    assert stat.S_IMODE(found.st_mode) == 0o700


def test_it_keeps_nothing_on_disk():
    with servers.redis() as url, client.Redis.from_url(url) as line:
        assert line.config_get("save", "appendonly") == {"save": "", "appendonly": "no"}


def test_a_server_takes_the_place_of_a_killed_ones_socket(tmp_path):
    for _ in range(2):
        process = spawn(redis_program(tmp_path, environment()), tmp_path / "redis.log")
        wait_for_redis(process, tmp_path)
        process.kill()
        process.wait()
    assert (tmp_path / "redis.sock").exists()


def test_a_server_that_ends_at_once_is_said_in_one_sentence(tmp_path):
    broken = Program(name="redis", argv=("false",), environ=environment())
    process = spawn(broken, tmp_path / "redis.log")
    with pytest.raises(CannotStart, match="did not start"):
        wait_for_redis(process, tmp_path)


def test_a_server_is_found_without_one_being_installed():
    assert os.access(redis_binary(), os.X_OK)


def test_a_short_folder_that_others_can_look_into_is_refused(tmp_path):
    tmp_path.chmod(0o755)
    with pytest.raises(CannotStart, match="not a folder of yours alone"):
        insist_on_privacy(tmp_path)


def test_a_link_in_place_of_the_short_folder_is_refused(tmp_path):
    (tmp_path / "private").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "private")
    with pytest.raises(CannotStart):
        insist_on_privacy(tmp_path / "link")


def test_a_home_with_a_long_path_has_its_socket_in_a_private_folder(tmp_path):
    home = tmp_path / ("long" * 40)
    home.mkdir()
    redis_program(home, environment())
    assert stat.S_IMODE(socket_folder(home).stat().st_mode) == 0o700


def test_a_program_that_ignores_being_asked_is_killed_with_what_it_started(tmp_path):
    os.mkfifo(tmp_path / "ready")
    words = f"trap '' TERM; sleep 600 & echo $! > {tmp_path / 'ready'}; wait; wait"
    stubborn = Program(name="x", argv=("sh", "-c", words), environ=environment())
    process = spawn(stubborn, tmp_path / "log")
    child = psutil.Process(int((tmp_path / "ready").read_text()))
    end(process, 0.1)
    assert process.returncode == -signal.SIGKILL
    assert survivors([child]) == []


def test_a_lock_that_is_held_names_its_holder(tmp_path):
    with (
        lock(tmp_path / "lock", "held by {holder}"),
        pytest.raises(CannotStart, match=f"held by {os.getpid()}"),
    ):
        enter(tmp_path / "lock")


def enter(file: Path) -> None:
    with lock(file, "held by {holder}"):
        raise AssertionError("two hold one lock")


def test_a_long_log_is_put_aside(tmp_path):
    (tmp_path / "x.log").write_bytes(b"." * 6_000_000)
    spawn(Program(name="x", argv=("true",), environ=environment()), tmp_path / "x.log").wait()
    assert (tmp_path / "x.log").stat().st_size == 0
    assert (tmp_path / "x.old").exists()
