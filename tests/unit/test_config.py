"""How settings are read and refused."""

from pathlib import Path

import pytest

from webapp.config import (
    CannotStart,
    Config,
    LogLevel,
    Security,
    home_of,
    local_address,
    read,
    socket_folder,
)

SECRET = "s" * 32


def settings(**given: str) -> Config:
    return read({"HANDRAIL_HOME": "/srv/handrail", "HANDRAIL_SECRET_KEY": SECRET, **given})


def faults(**given: str) -> list[str]:
    with pytest.raises(CannotStart) as refusal:
        settings(**given)
    return refusal.value.detail.splitlines()


def test_without_settings_all_is_local_and_on_sqlite():
    config = settings()
    assert config.on_sqlite
    assert config.redis_is_ours
    assert config.public_url == "http://127.0.0.1:8000"
    assert (config.sample, config.log_level) == (True, LogLevel.INFO)


def test_the_data_lies_in_the_home_folder():
    config = settings()
    assert config.database_url == "sqlite:////srv/handrail/handrail.sqlite3"
    assert config.redis_url == "unix:///srv/handrail/redis.sock"


def test_the_home_folder_is_var_below_the_working_folder_unless_said():
    assert home_of({}) == Path.cwd() / "var"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_a_postgresql_address_uses_psycopg_3(scheme):
    config = settings(DATABASE_URL=f"{scheme}://desk:pw@db/handrail")
    assert config.database_url == "postgresql+psycopg://desk:pw@db/handrail"
    assert not config.on_sqlite


def test_a_redis_of_ones_own_is_not_started_by_us():
    assert not settings(REDIS_URL="redis://cache:6379/0").redis_is_ours


def test_every_fault_is_reported_at_once():
    found = faults(HANDRAIL_PORT="x", HANDRAIL_SAMPLE="maybe", DATABASE_URL="mysql://db/x")
    assert [line.split()[0] for line in found] == [
        "HANDRAIL_PORT",
        "DATABASE_URL",
        "HANDRAIL_SAMPLE",
    ]


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("HANDRAIL_PORT", "0", "a whole number from 1 to 65535"),
        ("HANDRAIL_PORT", "65536", "a whole number from 1 to 65535"),
        ("HANDRAIL_PORT", "٣", "a whole number from 1 to 65535"),
        ("HANDRAIL_THREADS", "2", "a whole number from 4 to 1000"),
        ("HANDRAIL_ALLOW_NETWORKS", "10.0.0.1/8", "networks such as 10.1.0.0/16,127.0.0.1/32"),
        ("HANDRAIL_SAMPLE", "si", "1 or 0"),
        ("HANDRAIL_LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("HANDRAIL_PUBLIC_URL", "desk.example.org", "an address such as https://"),
        ("HANDRAIL_PUBLIC_URL", "http://[::1", "an address such as https://"),
        ("DATABASE_URL", "postgresql:db", "postgresql://user:password@host/database"),
        ("REDIS_URL", "cache:6379", "redis://host:6379/0"),
        ("HANDRAIL_SECRET_KEY", "short", "32 or more random characters"),
    ],
)
def test_a_fault_names_the_setting_and_says_what_to_do(name, value, advice):
    (found,) = faults(**{name: value})
    assert found.startswith(name)
    assert advice in found


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "HANDRAIL_SECRET_KEY"])
def test_a_refused_setting_that_may_hold_a_password_is_not_repeated(name):
    assert "hunter2" not in "".join(faults(**{name: "oracle:hunter2"}))


def test_printing_the_settings_shows_no_secret():
    shown = repr(settings(DATABASE_URL="postgresql://desk:hunter2@db/handrail"))
    assert SECRET not in shown
    assert "hunter2" not in shown


def test_an_empty_setting_counts_as_unset():
    assert settings(HANDRAIL_PORT="", HANDRAIL_SAMPLE=" ").port == 8000


def test_the_kept_secret_is_used_where_none_is_set(tmp_path):
    (tmp_path / "secret-key").write_text(SECRET + "\n")
    assert read({"HANDRAIL_HOME": str(tmp_path)}).secret_key == SECRET


def test_without_any_secret_the_fault_says_who_makes_one(tmp_path):
    with pytest.raises(CannotStart, match="run `handrail up` once"):
        read({"HANDRAIL_HOME": str(tmp_path)})


def test_the_default_address_is_one_that_a_browser_can_open():
    assert local_address("0.0.0.0", 8000) == "http://127.0.0.1:8000"
    assert local_address("desk.local", 80) == "http://desk.local:80"
    assert local_address("::1", 80) == "http://[::1]:80"


def test_cookies_may_insist_on_tls_where_people_come_over_https():
    assert settings(HANDRAIL_PUBLIC_URL="https://desk.example.org/").secure
    assert not settings().secure


def test_a_deep_home_folder_has_its_socket_in_a_short_one():
    deep = Path("/" + "d" * 120)
    assert socket_folder(Path("/srv")) == Path("/srv")
    assert len(str(socket_folder(deep) / "redis.sock")) < 100
    assert socket_folder(deep) != socket_folder(deep / "e")


@pytest.mark.parametrize(
    ("bot", "app", "named"),
    [
        ("xapp-1-secret", "xoxb-secret", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"]),
        ("xoxp-secret", "xapp-1-secret", ["SLACK_BOT_TOKEN"]),
        ("xoxb-secret", "a-secret", ["SLACK_APP_TOKEN"]),
    ],
)
def test_a_token_of_slack_in_the_place_of_another_is_named_and_not_repeated(bot, app, named):
    found = faults(SLACK_BOT_TOKEN=bot, SLACK_APP_TOKEN=app)
    assert [one.split()[0] for one in found] == named
    assert all("begins with x" in one and "secret" not in one for one in found)


def test_mail_goes_out_encrypted_unless_said():
    mail = settings(HANDRAIL_SMTP_URL="smtp://desk%40example.org:p%3Aw@mail.example.org").mail
    assert (mail.host, mail.port, mail.security) == ("mail.example.org", 587, Security.STARTTLS)
    assert (mail.user, mail.password, mail.sender) == (
        "desk@example.org",
        "p:w",
        "desk@example.org",
    )
    assert "p:w" not in repr(settings(HANDRAIL_SMTP_URL="smtp://a%40b.c:p%3Aw@mail.example.org"))
    given = {"HANDRAIL_MAIL_FROM": "desk@example.org"}
    tls = settings(HANDRAIL_SMTP_URL="smtps://mail.example.org", **given).mail
    assert (tls.port, tls.security) == (465, Security.TLS)
    plain = settings(HANDRAIL_SMTP_URL="smtp+plain://localhost:2525", **given).mail
    assert (plain.port, plain.security) == (2525, Security.NONE)


@pytest.mark.parametrize(
    "url", ["mail.example.org", "http://secret@host", "smtp://", "smtp://h:secret"]
)
def test_a_mail_server_that_is_none_is_refused_and_its_password_not_said(url):
    [fault] = faults(HANDRAIL_SMTP_URL=url)
    assert fault.startswith("HANDRAIL_SMTP_URL is not usable")
    assert "secret" not in fault


@pytest.mark.parametrize("sender", ["", "nobody", "a@b.c\nBcc: d@e.f", "A <a@b.c>"])
def test_mail_is_from_one_address(sender):
    [fault] = faults(HANDRAIL_SMTP_URL="smtp://host", HANDRAIL_MAIL_FROM=sender)
    assert fault.startswith("HANDRAIL_MAIL_FROM")
