"""What the first start makes and keeps."""

import json
import stat

import pytest

from tests.worlds import FixedWorld
from webapp.config import Config, read
from webapp.first_run import FirstRun, credentials, greeting, keep_secret, recall
from webapp.up import configure

FIRST = FirstRun(
    url="http://127.0.0.1:8000",
    email="admin@example.org",
    password="horse",
    agent="refunds",
    key="hr_1",
    keys={"refunds": "hr_1", "clarify": "hr_2"},
)


@pytest.fixture
def config(tmp_path) -> Config:
    return read({"HANDRAIL_HOME": str(tmp_path), "HANDRAIL_SECRET_KEY": "s" * 32})


def test_the_first_start_keeps_what_it_was_given(config):
    assert credentials(config, lambda keep: keep(FIRST)) == (FIRST, True)
    assert json.loads(config.first_run_file.read_text())["keys"]["clarify"] == "hr_2"


def test_credentials_are_on_disk_before_the_database_commits(config):
    def fill(keep):
        keep(FIRST)
        assert config.first_run_file.exists()
        raise ConnectionError

    with pytest.raises(ConnectionError):
        credentials(config, fill)


def test_a_later_start_recalls_them(config):
    credentials(config, lambda keep: keep(FIRST))
    assert credentials(config, lambda keep: None) == (FIRST, False)


def test_credentials_are_readable_by_their_owner_alone(config):
    credentials(config, lambda keep: keep(FIRST))
    assert stat.S_IMODE(config.first_run_file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "{", "[]", '{"url": "x"}'])
def test_a_file_that_is_not_what_was_kept_counts_as_none(config, content):
    config.first_run_file.write_text(content)
    assert recall(config.first_run_file, FIRST.url, lambda first: None) is None


def test_another_address_is_noted(config):
    kept = []
    credentials(config, lambda keep: keep(FIRST))
    moved = recall(config.first_run_file, "http://127.0.0.1:9000", kept.append)
    assert kept == [moved]
    assert moved.url == "http://127.0.0.1:9000"


def test_the_password_is_shown_at_the_first_start_only(config):
    assert "horse" in greeting(config, FIRST, fresh=True)
    assert "horse" not in greeting(config, FIRST, fresh=False)


def test_without_kept_credentials_the_greeting_says_how_to_get_in(config):
    assert "`handrail user add EMAIL`" in greeting(config, None, fresh=False)


def test_printing_credentials_shows_no_secret():
    assert "horse" not in repr(FIRST)
    assert "hr_" not in repr(FIRST)


def test_a_secret_is_made_once(tmp_path):
    file = tmp_path / "secret-key"
    keep_secret(file, FixedWorld(seed="one"))
    kept = file.read_text()
    keep_secret(file, FixedWorld(seed="two"))
    assert file.read_text() == kept
    assert list(tmp_path.iterdir()) == [file]


def test_up_makes_its_folder_and_its_secret(tmp_path):
    config = configure({"HANDRAIL_HOME": str(tmp_path / "a" / "b")}, FixedWorld())
    assert len(config.secret_key) == 43
    assert stat.S_IMODE(config.home.stat().st_mode) == 0o700


def test_up_makes_no_secret_where_one_is_set(tmp_path):
    configure({"HANDRAIL_HOME": str(tmp_path), "HANDRAIL_SECRET_KEY": "s" * 40}, FixedWorld())
    assert not (tmp_path / "secret-key").exists()
