"""Coming in and staying in: sessions that end, forms that cannot be forged, links that stay here."""

import re

import pytest
from redis import Redis

from tests.browser.scene import PASSWORD, stage
from webapp.http.headers import POLICY
from webapp.http.hx import safe_path

ANA = "ana@example.org"


@pytest.fixture
def scene(sqlite_database, redis_url):
    with stage(sqlite_database, redis_url) as there:
        yield there


@pytest.fixture
def client(scene):
    return scene.app.test_client()


def token(client, path="/sign-in"):
    page = client.get(path).get_data(as_text=True)
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def enter(client, email=ANA, password=PASSWORD, **more):
    said = {"email": email, "password": password, "csrf_token": token(client), **more}
    return client.post("/sign-in", data=said)


def test_nobody_sees_anything_before_signing_in(client):
    for path in ("/", "/queue", "/handoffs", "/agents", "/people", "/policy", "/stops", "/live"):
        answer = client.get(path)
        assert (path, answer.status_code) == (path, 303)
        assert answer.location.startswith("/sign-in")


def test_the_right_password_leads_to_where_one_wanted_to_go(client):
    assert enter(client, next="/policy").location == "/policy"
    assert client.get("/policy").status_code == 200


def test_a_wrong_password_and_an_unknown_person_look_the_same(client):
    texts = [
        re.sub(r'value="[^"]*"', "", enter(client, email, "wrong password").get_data(as_text=True))
        for email in (ANA, "nobody@example.org")
    ]
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\tx",
        "",
        "evil",
    ],
)
def test_signing_in_never_leads_to_another_site(url):
    assert safe_path(url) == "/"


def test_a_path_of_ours_with_a_query_is_kept():
    assert safe_path("/handoffs?status=pending&q=a") == "/handoffs?status=pending&q=a"


def test_too_many_tries_for_one_account_are_stopped(client):
    statuses = [enter(client, password="wrong password").status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def test_tries_are_limited_without_redis_too(sqlite_database):
    with stage(sqlite_database, "redis://127.0.0.1:9") as there:
        client = there.app.test_client()
        statuses = [enter(client, password="wrong password").status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def test_a_session_starts_anew_at_signing_in(client):
    token(client)
    before = client.get_cookie("handrail").value
    enter(client)
    with client.session_transaction() as session:
        assert "sid" in session
        assert "toast" not in session
    assert client.get_cookie("handrail").value != before


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client):
    header = enter(client).headers["Set-Cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header


def test_over_tls_the_cookie_is_secure_and_of_this_host_alone(sqlite_database, redis_url):
    with stage(sqlite_database, redis_url, HANDRAIL_PUBLIC_URL="https://desk.example") as there:
        client = there.app.test_client()
        answer = client.get("/sign-in", base_url="https://desk.example")
    assert answer.headers["Set-Cookie"].startswith("__Host-handrail=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_a_session_ends_after_hours_without_anybody(client, scene):
    enter(client)
    scene.world.pass_time(hours=7)
    assert client.get("/policy").status_code == 200
    scene.world.pass_time(hours=7)
    assert client.get("/policy").status_code == 200
    scene.world.pass_time(hours=9)
    assert client.get("/policy").status_code == 303


def test_what_an_open_page_fetches_by_itself_does_not_keep_a_session_alive(client, scene):
    enter(client)
    for _ in range(3):
        scene.world.pass_time(hours=3)
        client.get("/queue")
    assert client.get("/policy").status_code == 303


def test_a_session_ends_after_a_day_whatever_happens(client, scene):
    enter(client)
    for _ in range(5):
        scene.world.pass_time(hours=5)
        answer = client.get("/policy")
    assert answer.status_code == 303


def test_signing_out_ends_copies_of_the_cookie_too(client, scene):
    thief = scene.app.test_client()
    enter(client)
    thief.set_cookie("handrail", client.get_cookie("handrail").value)
    assert thief.get("/policy").status_code == 200
    client.post("/sign-out", data={"csrf_token": token(client, "/people")})
    assert thief.get("/policy").status_code == 303


def test_signing_out_with_a_copy_that_is_signed_out_already_says_nothing_worse(client, scene):
    copy = scene.app.test_client()
    enter(client)
    crumb = token(client, "/people")
    copy.set_cookie("handrail", client.get_cookie("handrail").value)
    for one in (client, copy):
        answer = one.post("/sign-out", data={"csrf_token": crumb})
        assert answer.status_code == 303
        assert answer.location.startswith("/sign-in")


def test_signing_out_leaves_the_other_sessions_of_the_same_person_alone(client, scene):
    other = scene.app.test_client()
    enter(client)
    enter(other)
    client.post("/sign-out", data={"csrf_token": token(client, "/people")})
    assert other.get("/policy").status_code == 200


def test_signing_out_everywhere_ends_other_sessions(client, scene):
    other = scene.app.test_client()
    enter(client)
    enter(other)
    client.post("/sign-out-everywhere", data={"csrf_token": token(client, "/people")})
    assert other.get("/policy").status_code == 303


def test_a_script_whose_session_ended_is_sent_to_sign_in_as_a_whole(client):
    answer = client.get("/queue", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/sign-in")


def test_a_form_without_our_token_does_nothing(client, scene):
    asked = scene.ask()
    enter(client)
    answer = client.post(f"/handoffs/{asked}/decide", data={"verb": "approve"})
    assert answer.status_code == 400
    assert scene.status(asked) == "pending"


def test_a_decision_needs_what_was_shown(client, scene):
    asked = scene.ask()
    enter(client)
    said = {"verb": "approve", "csrf_token": token(client, f"/handoffs/{asked}"), "shown": "forged"}
    answer = client.post(f"/handoffs/{asked}/decide", data=said)
    assert answer.status_code == 409
    assert scene.status(asked) == "pending"


def test_what_was_shown_of_one_handoff_does_not_decide_another(client, scene):
    one, other = scene.ask(), scene.ask()
    enter(client)
    page = client.get(f"/handoffs/{one}").get_data(as_text=True)
    shown = re.search(r'name="shown" value="([^"]+)"', page)[1]
    said = {"verb": "approve", "csrf_token": token(client, f"/handoffs/{one}"), "shown": shown}
    assert client.post(f"/handoffs/{other}/decide", data=said).status_code == 409
    assert scene.status(other) == "pending"


def test_what_another_person_s_page_showed_is_not_what_this_one_saw(client, scene):
    asked, other = scene.ask(), scene.app.test_client()
    enter(client)
    enter(other, "jonas@example.org")
    page = client.get(f"/handoffs/{asked}").get_data(as_text=True)
    shown = re.search(r'name="shown" value="([^"]+)"', page)[1]
    said = {"verb": "approve", "csrf_token": token(other, f"/handoffs/{asked}"), "shown": shown}
    assert other.post(f"/handoffs/{asked}/decide", data=said).status_code == 409
    assert scene.status(asked) == "pending"


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/static/app.css"])
def test_every_answer_carries_the_strict_policy(client, path):
    with client.get(path) as answer:
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_static_files_with_their_content_in_the_address_are_kept(client):
    page = client.get("/sign-in").get_data(as_text=True)
    address = re.search(r'href="(/static/app\.css\?v=\w+)"', page)[1]
    with client.get(address) as answer:
        assert "immutable" in answer.headers["Cache-Control"]


def test_pages_are_not_kept(client):
    enter(client)
    assert client.get("/").headers["Cache-Control"] == "no-store"


def test_an_unchanged_queue_is_not_sent_again(client, scene):
    scene.ask()
    enter(client)
    tag = client.get("/queue").headers["ETag"]
    again = client.get("/queue", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_an_unchanged_handoff_is_not_sent_again(client, scene):
    asked = scene.ask()
    enter(client)
    assert client.get(f"/handoffs/{asked}/fresh?seen=1").status_code == 204
    assert client.get(f"/handoffs/{asked}/fresh?seen=0").status_code == 200


def test_a_stream_ends_when_no_place_is_left_and_the_page_asks_by_itself(client, scene):
    enter(client)
    streams = [client.get("/live") for _ in range(26)]
    assert [one.status_code for one in streams[24:]] == [200, 503]
    for one in streams:
        one.close()
    assert client.get("/live").status_code == 200


def test_redis_holds_the_counts_where_it_is_there(client, redis_url):
    enter(client, password="wrong password")
    with Redis.from_url(redis_url) as redis:
        assert redis.keys("*handrail*")


@pytest.mark.parametrize("field", ["note", "verb", "a\0b"])
def test_a_form_with_nul_in_it_does_nothing(client, scene, field):
    asked = scene.ask()
    enter(client)
    page = client.get(f"/handoffs/{asked}").get_data(as_text=True)
    shown = re.search(r'name="shown" value="([^"]+)"', page)[1]
    said = {"verb": "deny", "note": "no", "shown": shown, "csrf_token": token(client, "/people")}
    answer = client.post(f"/handoffs/{asked}/decide", data={**said, field: "deny\0"})
    assert (answer.status_code, scene.status(asked)) == (400, "pending")


def test_an_address_with_nul_in_it_is_refused(client):
    enter(client)
    assert client.get("/handoffs?q=%00").status_code == 400
