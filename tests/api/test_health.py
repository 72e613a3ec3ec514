"""/healthz, /readyz and /metrics: what machines ask, without a key."""

from dataclasses import replace

import pytest

from tests.schema import sqlite_url
from webapp.app import create_app
from webapp.desk import open_desk

both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


def bad(answer):
    return {name for name, check in answer.json.items() if not check["good"]}


def test_alive_is_alive_whatever_else_is_away(settings, world):
    away = replace(settings, database_url="sqlite:////nowhere/at/all", redis_url="unix:///nowhere")
    assert create_app(away, world).test_client().get("/healthz").status_code == 200


@both
def test_ready_names_everything_that_it_needs(app):
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json.keys() == {"database", "migrations", "policy", "relay", "redis"}


@both
def test_a_relay_that_lags_is_not_ready(app, agent, ann, world):
    ann.decide(agent.submit())
    world.pass_time(minutes=2)
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, bad(answer)) == (503, {"relay"})


@both
def test_without_a_policy_it_is_not_ready(settings, world, request):
    desk = open_desk(settings, world)
    request.addfinalizer(desk.store.engine.dispose)
    answer = create_app(settings, world, desk).test_client().get("/readyz")
    assert (answer.status_code, bad(answer)) == (503, {"policy"})


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"redis_url": "unix:///nowhere"}, {"redis"}),
        ({"database_url": "sqlite:////nowhere/at/all"}, {"database"}),
    ],
)
def test_what_is_away_is_named(settings, world, desk, change, missing):
    answer = create_app(replace(settings, **change), world).test_client().get("/readyz")
    assert (answer.status_code, bad(answer)) == (503, missing)


def test_before_migration_it_is_not_ready(settings, world, tmp_path):
    fresh = replace(settings, database_url=sqlite_url(tmp_path / "fresh.sqlite3"))
    answer = create_app(fresh, world).test_client().get("/readyz")
    assert (answer.status_code, bad(answer)) == (503, {"migrations"})


@both
def test_the_figures_are_prometheus_text(app, ann):
    ann.post("/stops", {"scope": "global", "reason": "Drill"})
    answer = app.test_client().get("/metrics")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert "handrail_stops_in_force 1.0" in answer.text


@both
def test_the_figures_say_how_far_behind_each_reach_is(app, agent, world):
    agent.submit()
    world.pass_time(minutes=1)
    text = app.test_client().get("/metrics").text
    told = 'handrail_outbox_depth{reach="outside",topic="notification.console"} 1.0'
    calm = 'handrail_outbox_depth{reach="inside",topic="handoff.expire"} 0.0'
    assert {told, calm, 'handrail_outbox_lag_seconds{reach="outside"} 60.0'} <= set(
        text.splitlines()
    )
    assert "handrail_redis_up 1.0" in text


def test_the_figures_are_given_while_redis_is_away(settings, world, desk):
    away = replace(settings, redis_url="unix:///nowhere")
    answer = create_app(away, world).test_client().get("/metrics")
    assert answer.status_code == 200
    assert "handrail_redis_up 0.0" in answer.text
    assert "handrail_workers{" not in answer.text
