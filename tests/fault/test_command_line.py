"""Commands in processes of their own: Ctrl-C ends them calmly, and a drill shows that a stop holds."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from tests.fault.terminals import SECRET, typed
from tests.makers import POLICY, SURE, pay, submission
from tests.services.scene import Scene
from tests.waiting import until
from webapp.domain.run_errors import Stopped, StoppedSince
from webapp.keyring import Keyring
from webapp.services import stops
from webapp.store import tables
from webapp.work import open_store
from webapp.world import RealWorld

pytestmark = pytest.mark.fault

RECORDED = 40_000


@pytest.fixture
def scene(database_url) -> Iterator[Scene]:
    """A database with agents and people, by the real clock."""
    store = open_store(database_url, RealWorld(), Keyring(SECRET), database_clock=True)
    yield Scene(store, RealWorld())
    store.engine.dispose()


def ask(scene: Scene, key: str):
    return scene.ask(key, submission(pay(amount=key), confidence=SURE))


def record(scene: Scene, count: int) -> None:
    """Copy one handoff so often that simulating them all takes a while."""
    ask(scene, "1")
    [row] = scene.rows(tables.handoffs)
    copies = [{**row._asdict(), "id": f"ho_{number:026}"} for number in range(count)]
    scene.transact(lambda work: work.write(insert(tables.handoffs), copies))


@pytest.mark.parametrize("as_json", [(), ("--json",)], ids=["words", "json"])
def test_ctrl_c_ends_a_simulation_with_what_was_simulated_so_far(
    scene, database_url, tmp_path, as_json
):
    record(scene, RECORDED)
    file = tmp_path / "easier.yaml"
    file.write_text(POLICY.replace("auto: 0.9", "auto: 1.0"))
    words = ("policy", "simulate", str(file), "--days", "3660", *as_json)
    with typed(tmp_path, database_url, *words) as running:
        running.read_until("2,000 handoffs simulated")
        running.interrupt()
        ended = running.end()
    last_words = ended.err.strip().splitlines()[-1]
    assert (ended.status, "Traceback" in ended.err) == (1, False)
    assert last_words.startswith("Stopped early, after ")
    if not as_json:
        assert ended.out.startswith("Simulated, not proven: ")
        return
    found = json.loads(ended.out)
    assert (found["simulated"], found["whole"]) == (True, False)
    assert 0 < found["asks"] < RECORDED
    assert f"after {found['asks']:,} handoffs" in last_words


@contextmanager
def agents_at_work(scene: Scene) -> Iterator[list[datetime]]:
    """Let agents run one thing after the other, also what they were approved before; gives when each began."""
    began: list[datetime] = []
    over = threading.Event()

    def work(who: int) -> None:
        number = 0
        while not over.is_set():
            number += 1
            handoff = ask(scene, f"{who}.{number:02}")
            if handoff.permit is None:
                continue
            try:
                began.append(scene.redeem(handoff).execution.redeemed_at)
            except (Stopped, StoppedSince):
                continue

    threads = [threading.Thread(target=work, args=(who,)) for who in range(3)]
    for one in threads:
        one.start()
    try:
        yield began
    finally:
        over.set()
        for one in threads:
            one.join(30)


def test_a_drill_says_how_long_before_the_acknowledgement_the_last_start_was(
    scene, database_url, tmp_path
):
    with agents_at_work(scene) as began:
        until(lambda: len(began) > 3, "agents to start")
        with typed(
            tmp_path, database_url, "stop", "--drill", "2", "--reason", "drill", "--json"
        ) as running:
            ended = running.end()
        after = datetime.now(UTC)
        until(lambda: began[-1] > after, "agents to start again")
    drill = json.loads(ended.out)["drill"]
    assert (ended.status, ended.err) == (0, "")
    assert (drill["held"], drill["seconds"]) == (True, 2)
    assert drill["last_start_ms"] <= 0
    pauses = [
        (later - one).total_seconds()
        for one, later in zip(sorted(began), sorted(began)[1:], strict=False)
    ]
    assert max(pauses) >= 2
    assert scene.read(stops.in_force) == ()


def test_ctrl_c_ends_a_drill_sooner_and_leaves_no_stop(scene, database_url, tmp_path):
    with typed(
        tmp_path, database_url, "stop", "--drill", "300", "--reason", "drill", "--json"
    ) as running:
        until(lambda: scene.read(stops.in_force), "the stop")
        running.interrupt()
        ended = running.end()
    assert (ended.status, json.loads(ended.out)["drill"]["held"]) == (0, True)
    assert scene.read(stops.in_force) == ()


def test_a_drill_whose_stop_somebody_lifts_shows_nothing_and_says_so(scene, database_url, tmp_path):
    with typed(tmp_path, database_url, "stop", "--drill", "2", "--reason", "drill") as running:
        until(lambda: scene.read(stops.in_force), "the stop")
        [made] = scene.read(stops.in_force)
        scene.transact(stops.resume, made.id, "ann")
        ended = running.end()
    assert (ended.status, ended.out) == (1, "")
    assert (
        ended.err.strip()
        == "Somebody lifted the stop during the drill, so it shows nothing: drill again."
    )
