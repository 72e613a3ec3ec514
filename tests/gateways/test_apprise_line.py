"""A letter is plain words wherever it goes, goes in secret where a password goes along, and waits for nobody long."""

import socket
import time
from dataclasses import replace

import pytest

from tests.gateways.test_slack_message import HOSTILE, SURE
from tests.post_office import post_office
from tests.receiver import receiver
from webapp.config import read
from webapp.domain.errors import NotNow
from webapp.domain.handoff import Status
from webapp.domain.notice import LONGEST_DOUBT, LONGEST_HEADLINE, told
from webapp.gateways.apprise_line import AppriseLine, NoSuchLine
from webapp.gateways.letter import LONGEST_SUBJECT, letter

LINK = "https://desk.example/handoffs/ho_1"
TWO_LINES = "Refund\r\nBcc: mallory@evil.example\r\n\r\n<b>now</b>"
UNSURE = replace(SURE, doubt=told(HOSTILE, LONGEST_DOUBT), claimed=True)
FORGED = replace(UNSURE, headline=told(TWO_LINES, LONGEST_HEADLINE))


def line_to(url, patience=5.0):
    given = {"HANDRAIL_SMTP_URL": url, "HANDRAIL_MAIL_FROM": "desk@example.org"}
    return AppriseLine(read({"HANDRAIL_SECRET_KEY": "s" * 32, **given}).mail, patience)


@pytest.fixture
def silent():
    """A server that takes connections and says nothing; gives host and port."""
    with socket.create_server(("127.0.0.1", 0)) as there:
        yield f"127.0.0.1:{there.getsockname()[1]}"


def test_what_agents_write_makes_no_header_and_no_markup_in_a_mail():
    with post_office() as mail:
        line_to(mail.url).mail("ana@example.org", letter(FORGED, LINK), "nt_1")
    [sent] = mail.mails
    assert (sent["Bcc"], sent["X-Handrail-Notice"]) == (None, "nt_1")
    assert "⟨U+000D⟩⟨U+000A⟩Bcc:" in sent["Subject"]
    assert sent.get_content_type() == "text/plain"
    assert "<b>now</b> (in the agent's words)" in sent.get_content()
    assert "⟨U+202E⟩" in sent.get_content()


def test_a_subject_is_one_line_of_bounded_length():
    long = replace(SURE, headline=told("x" * 1000, LONGEST_HEADLINE))
    assert len(letter(long, LINK).subject) == LONGEST_SUBJECT


def test_what_agents_write_is_no_mention_no_link_and_no_markup_in_a_chat():
    with receiver() as chat:
        AppriseLine(None).chat(chat.url.replace("http", "json"), letter(FORGED, LINK))
    [sent] = chat.posts
    words = sent.json["title"] + sent.json["message"].replace(LINK, "")
    assert not set("<>[]()*_`~|@#") & set(words)
    assert "://" not in words
    assert LINK in sent.json["message"]


def test_a_doubt_is_marked_as_the_agents_claim():
    assert "Unsure about (the agent's claim):\n" in letter(UNSURE, LINK).body


def test_a_run_that_nobody_knows_of_is_not_said_to_wait_for_a_decision():
    lost = letter(replace(SURE, status=Status.UNKNOWN), LINK)
    assert lost.subject.startswith("[Handrail] find out whether it ran: ")
    assert "waits for a decision" not in lost.body


def test_a_password_and_a_letter_go_to_no_server_that_offers_no_secrecy():
    with post_office() as mail:
        line = line_to(f"smtp://desk:secret@{mail.host}")
        with pytest.raises(NotNow):
            line.mail("ana@example.org", letter(SURE, LINK), "nt_1")
    assert mail.tried == 0


def by_mail(line, _host):
    line.mail("ana@example.org", letter(SURE, LINK), "nt_1")


def by_chat(line, host):
    line.chat(f"json://{host}/x", letter(SURE, LINK))


@pytest.mark.parametrize("tell", [by_mail, by_chat])
def test_who_says_nothing_is_not_waited_for_long(silent, tell):
    line = line_to(f"smtp+plain://{silent}", patience=0.2)
    line.check("json://127.0.0.1")  # loads what is loaded once
    began = time.monotonic()
    with pytest.raises(NotNow):
        tell(line, silent)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "address", ["https://example.com/hook", "nothing://at/all", "workflows://"]
)
def test_an_address_that_is_none_is_refused_without_being_said(address):
    with pytest.raises(NoSuchLine) as refusal:
        AppriseLine(None).check(address)
    assert address not in str(refusal.value)


def test_the_address_that_teams_gives_is_one():
    AppriseLine(None).check(
        "https://prod-12.westus.logic.azure.com:443/workflows/ab12/triggers/manual/paths/invoke"
        "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=of-the-workflow"
    )
