"""A data folder with a migrated database, and the command line on it as a script would use it."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.schema import sqlite_url
from tests.worlds import FixedWorld
from webapp.cli import cli
from webapp.keyring import Keyring
from webapp.migrate import migrate
from webapp.work import open_store

SECRET = "a secret for tests, long enough to be one"


@dataclass(frozen=True)
class Terminal:
    """Where commands are typed."""

    home: Path
    networks: str = ""

    def run(self, *words: str, **settings: str) -> Result:
        environ = {
            "HANDRAIL_HOME": str(self.home),
            "HANDRAIL_SECRET_KEY": SECRET,
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "HANDRAIL_ALLOW_NETWORKS": self.networks,
            **settings,
        }
        return CliRunner().invoke(cli, words, env=environ)

    def json(self, *words: str):
        done = self.run(*words, "--json")
        assert (done.exit_code, done.stderr) == (0, "")
        return json.loads(done.stdout)

    def refusal(self, *words: str) -> str:
        done = self.run(*words)
        assert done.exit_code == 1
        return done.stderr.strip()

    def file(self, name: str, text: str) -> str:
        (self.home / name).write_text(text)
        return str(self.home / name)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """A database that the migrations have made."""
    file = tmp_path_factory.mktemp("migrated") / "handrail.sqlite3"
    store = open_store(sqlite_url(file), FixedWorld(), Keyring(SECRET), database_clock=False)
    migrate(store)
    store.engine.dispose()
    return file


@pytest.fixture
def terminal(migrated, tmp_path) -> Terminal:
    shutil.copyfile(migrated, tmp_path / "handrail.sqlite3")
    return Terminal(tmp_path)
