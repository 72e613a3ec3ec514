"""Mail and chats are told once of what waits, whatever goes wrong on the way, and nothing is decided there."""

from datetime import timedelta

import pytest

from tests.post_office import post_office
from tests.receiver import hang_up, receiver, says
from tests.worker.office import ANA, POLICY, office
from tests.worker.test_callback import leased
from webapp.app import create_app
from webapp.domain.alert import AlertKind
from webapp.domain.channel import Medium
from webapp.domain.handoff import SYSTEM, Status
from webapp.domain.step import tell
from webapp.domain.verdict import Risk
from webapp.services import alerts, channels, policies
from webapp.services.alerts import Concern
from webapp.services.channels import Wish
from webapp.store.handoffs import post
from worker.jobs import work_off


@pytest.fixture
def mail():
    with post_office() as there:
        yield there


@pytest.fixture
def chat():
    with receiver() as there:
        yield there


@pytest.fixture
def desk(database_url, mail):
    with office(
        database_url, HANDRAIL_SMTP_URL=mail.url, HANDRAIL_MAIL_FROM="desk@example.org"
    ) as there:
        yield there


def told_by(desk, medium, address, **more):
    wish = Wish(team="payments", medium=medium, address=address, **more)
    return desk.desk.transact(lambda work: channels.add(work, wish, ANA.email))


def told_by_mail(desk, **more):
    return told_by(desk, Medium.MAIL, "team@example.org", **more)


def told_in_chat(desk, chat, **more):
    return told_by(desk, Medium.CHAT, chat.url.replace("http", "json"), **more)


def work(desk, turns=6):
    for _ in range(turns):
        for attempt in leased(desk):
            work_off(desk.hands, attempt)


def later(desk, turns=1, **span):
    for _ in range(turns):
        desk.world.pass_time(**span)
        work(desk)


def untold(desk):
    found = desk.desk.read(lambda work: alerts.open_for(work, SYSTEM))
    return [one for one in found if one.kind is AlertKind.UNTOLD]


def test_what_waits_is_told_by_mail_once_with_a_link(desk, mail):
    told_by_mail(desk)
    handoff = desk.ask()
    work(desk)
    [sent] = mail.mails
    assert sent["To"] == "team@example.org"
    assert sent["From"] == "Handrail <desk@example.org>"
    assert sent["Subject"].startswith("[Handrail] medium risk: ")
    assert sent["X-Handrail-Notice"].startswith("nt_")
    assert sent.get_content_type() == "text/plain"
    assert f"/handoffs/{handoff.id}\n" in sent.get_content().replace("\r", "")
    assert "UTC" in sent.get_content()


def test_what_was_told_is_not_told_again(desk, mail, chat):
    told_by_mail(desk)
    told_in_chat(desk, chat)
    handoff = desk.ask()
    work(desk)
    desk.desk.transact(lambda work: post(work, tell(handoff.id, work.now)))
    work(desk)
    desk.approve(handoff)
    later(desk, minutes=5)
    assert (len(mail.mails), len(chat.posts)) == (1, 1)


def test_a_chat_is_told_in_plain_words(desk, chat):
    told_in_chat(desk, chat)
    handoff = desk.ask()
    work(desk)
    [sent] = chat.posts
    assert sent.json["title"].startswith("\uff3bHandrail\uff3d medium risk: ")
    assert sent.json["message"].rstrip().endswith(f"/handoffs/{handoff.id}")
    assert sent.json["attachments"] == []


def test_what_a_mail_server_refuses_is_tried_again_under_the_same_name(desk, mail):
    told_by_mail(desk)
    mail.answers = ["451 Later", "550 No"]
    desk.ask()
    work(desk)
    assert mail.mails == []
    later(desk, turns=3, seconds=10)
    assert (len(mail.mails), mail.tried) == (1, 3)
    assert untold(desk) == []


@pytest.mark.parametrize("answer", [says(503), says(404), says(302, location="/x"), hang_up])
def test_what_a_chat_does_not_take_is_tried_again(desk, chat, answer):
    told_in_chat(desk, chat)
    chat.answers = [answer]
    desk.ask()
    work(desk)
    later(desk, minutes=1)
    assert len(chat.posts) == 2
    later(desk, minutes=1)
    assert len(chat.posts) == 2


def test_trouble_with_one_channel_keeps_no_other_back(desk, mail, chat):
    told_in_chat(desk, chat)
    told_by_mail(desk)
    chat.answers = [says(500)] * 3
    desk.ask()
    work(desk)
    later(desk, turns=2, minutes=1)
    assert len(mail.mails) == 1


def test_admins_are_told_of_a_channel_that_takes_nothing_until_it_does(desk, chat, caplog, capfd):
    told_in_chat(desk, chat)
    chat.answers = [says(500)] * 6
    desk.ask()
    work(desk)
    later(desk, turns=5, minutes=2)
    [alert] = untold(desk)
    assert "the channel json://… refuses what Handrail tells" in alert.says
    later(desk, minutes=5)
    assert untold(desk) == []
    assert "/handrail" not in caplog.text + "".join(capfd.readouterr())


def test_what_nobody_waits_for_any_more_is_not_sent(desk, mail):
    told_by_mail(desk)
    mail.answers = ["451 Later"]
    handoff = desk.ask()
    work(desk)
    desk.approve(handoff)
    later(desk, minutes=1)
    assert mail.mails == []


def test_a_channel_is_told_of_its_risks_alone(desk, mail):
    told_by_mail(desk, least_risk=Risk.HIGH)
    desk.ask()
    work(desk)
    assert mail.mails == []


def test_quiet_hours_hold_back_until_they_are_over(desk, mail):
    now = desk.world.now()
    until = now + timedelta(minutes=30)
    told_by_mail(desk, quiet=f"{now - timedelta(hours=1):%H:%M}-{until:%H:%M} UTC")
    desk.ask()
    work(desk)
    assert mail.mails == []
    later(desk, minutes=31)
    assert len(mail.mails) == 1


def test_what_is_of_low_risk_is_gathered_where_a_digest_is_wanted(desk, mail, chat):
    low = POLICY.replace("risk: medium", "risk: low")
    desk.desk.transact(lambda work: policies.publish(work, low, ANA.email))
    told_by_mail(desk, digest=timedelta(hours=1))
    told_in_chat(desk, chat, digest=timedelta(hours=1))
    desk.ask()
    desk.ask()
    work(desk)
    assert (mail.mails, chat.posts) == ([], [])
    later(desk, hours=1)
    assert [one["Subject"] for one in mail.mails] == ["[Handrail] 2 handoffs of low risk wait"]
    assert len(chat.posts) == 1


def raise_nobody(desk):
    silent = Concern(
        kind=AlertKind.NOBODY,
        agent_id=desk.agent.id,
        agent="refunder",
        owner="payments",
        detail={"teams": ["payments"]},
    )
    desk.desk.transact(lambda work: alerts.raise_alert(work, silent))


def test_an_alert_is_told_once_to_the_team_that_should_know(desk, mail):
    told_by_mail(desk)
    raise_nobody(desk)
    work(desk)
    [sent] = mail.mails
    assert sent["Subject"].startswith("[Handrail] refunder waits for payments")
    assert sent["X-Handrail-Notice"].startswith("nt_")


def test_an_alert_that_a_server_refuses_is_tried_again_and_told_nobody_twice(desk, mail, chat):
    told_by_mail(desk)
    told_in_chat(desk, chat)
    raise_nobody(desk)
    mail.answers = ["451 Later", "451 Later"]
    work(desk)
    assert (mail.mails, len(chat.posts)) == ([], 1)
    later(desk, turns=3, seconds=10)
    assert (len(mail.mails), len(chat.posts)) == (1, 1)
    assert desk.topics() == []


def test_an_alert_that_is_settled_meanwhile_is_not_told_any_more(desk, mail):
    told_by_mail(desk)
    raise_nobody(desk)
    mail.answers = ["451 Later"]
    work(desk)
    [alert] = desk.desk.read(lambda work: alerts.open_for(work, SYSTEM))
    desk.desk.transact(lambda work: alerts.end(work, alert))
    later(desk, seconds=10)
    assert mail.mails == []


def test_without_a_server_for_mail_nothing_is_sent_and_nothing_fails(sqlite_database):
    with office(sqlite_database) as desk:
        told_by_mail(desk)
        handoff = desk.ask()
        work(desk)
        assert desk.now(handoff).status is Status.PENDING
        assert "notification.console" not in desk.topics()


def test_opening_the_link_decides_nothing(desk, mail):
    told_by_mail(desk)
    handoff = desk.ask()
    work(desk)
    link = mail.mails[0].get_content().split()[-1]
    page = create_app(desk.desk.config, desk.world, desk.desk).test_client().get(link)
    assert page.status_code in {302, 303}
    assert desk.now(handoff) == handoff
