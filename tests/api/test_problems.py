"""Errors: one form for all of them below /api, a status for each class, a page everywhere else."""

from dataclasses import replace

import pytest
from werkzeug.exceptions import NotFound as NoSuchPage

from tests.api.callers import Caller
from webapp.api.openapi import PROBLEM_TYPE, error_classes
from webapp.app import create_app
from webapp.http.problems import STATUSES, status_for

CODES = {
    "BodyInvalid": 400,
    "KeyMissing": 400,
    "NotAuthenticated": 401,
    "PersonNeeded": 403,
    "OwnRequest": 403,
    "NotFound": 404,
    "AlreadyDecided": 409,
    "TooEarly": 409,
    "StateTooLarge": 413,
    "MediaTypeUnknown": 415,
    "EditRefused": 422,
    "TooManyRequests": 429,
    "Unavailable": 503,
}


@pytest.mark.parametrize("kind", list(error_classes()))
def test_every_error_has_a_status_of_its_own_kind(kind):
    assert any(one in STATUSES for one in kind.__mro__)
    assert 400 <= status_for(kind) < 600


@pytest.mark.parametrize(("name", "status"), CODES.items())
def test_the_statuses_are_these(name, status):
    kinds = {kind.__name__: kind for kind in error_classes()}
    assert status_for(kinds[name]) == status


def test_no_two_errors_share_a_code():
    codes = [kind.code for kind in error_classes()]
    assert len(codes) == len(set(codes))


def test_a_problem_says_everything_that_rfc_9457_asks_for(agent):
    problem = agent.get("/handoffs/ho_0").json
    assert problem["type"] == "https://desk.test/api/docs#not_found"
    assert problem["title"] == "Not found"
    assert (problem["status"], problem["instance"]) == (404, "/api/v1/handoffs/ho_0")


def test_the_request_id_is_the_same_in_body_and_header(agent):
    answer = agent.get("/handoffs/ho_0")
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/nothing", "/api/v1/handoffs/", "/api/v2/me"])
def test_what_is_not_there_is_a_problem(agent, path):
    answer = agent.call("GET", path)
    assert (answer.status_code, answer.mimetype) == (404, PROBLEM_TYPE)
    assert answer.json["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/handoffs", "GET, HEAD, OPTIONS, POST"),
        ("DELETE", "/handoffs/ho_0", "GET, HEAD, OPTIONS"),
        ("GET", "/handoffs/ho_0/outcome", "OPTIONS, POST"),
        ("PATCH", "/me", "GET, HEAD, OPTIONS"),
        ("POST", "/events", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_method_that_is_not_taken_is_a_problem_that_names_those_that_are(
    agent, method, path, allow
):
    answer = agent.call(method, f"/api/v1{path}")
    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == allow


def test_head_answers_like_get_without_the_body(agent, pending):
    path = f"/api/v1/handoffs/{pending['id']}"
    head, get = agent.call("HEAD", path), agent.call("GET", path)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


def test_head_does_not_listen(agent):
    assert agent.call("HEAD", "/api/v1/events").data == b""


def test_head_of_what_cannot_be_read_is_refused(agent):
    assert agent.call("HEAD", "/api/v1/stops/x/resume").status_code == 405


def test_options_names_the_methods(app):
    answer = Caller(app, None).call("OPTIONS", "/api/v1/handoffs")
    assert answer.status_code == 200
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer ", "Basic hr_x", "hr_x", "Bearer\thr_x"])
def test_a_header_that_holds_no_key_is_401(app, sent):
    caller = Caller(app, None)
    answer = caller.call("GET", "/api/v1/me", headers={"Authorization": sent})
    assert (answer.status_code, answer.json["code"]) == (401, "not_authenticated")


def test_the_scheme_may_be_written_in_any_case(app, agent):
    headers = {"Authorization": f"bearer {agent.secret}"}
    assert Caller(app, None).call("GET", "/api/v1/me", headers=headers).status_code == 200


def test_what_nobody_foresaw_is_a_problem_without_details(settings, world, desk):
    broken = create_app(settings, world, desk)
    broken.add_url_rule("/api/v1/broken", view_func=lambda: 1 / 0)
    answer = Caller(broken, "hr_x").call("GET", "/api/v1/broken")
    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert "ZeroDivision" not in answer.text


def test_a_database_that_is_away_is_503_with_when_to_come_back(settings, world, tmp_path):
    away = replace(settings, database_url=f"sqlite:///{tmp_path}/nowhere/handrail.sqlite3")
    answer = Caller(create_app(away, world), "hr_x").get("/me")
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"]


def test_elsewhere_an_error_is_a_page(app):
    answer = app.test_client().get("/nothing-here")
    assert (answer.status_code, answer.mimetype) == (NoSuchPage.code, "text/html")


def test_answers_are_not_kept_by_anybody(agent):
    assert agent.get("/me").headers["Cache-Control"] == "no-store"
