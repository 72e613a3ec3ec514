"""What people and agents do at a desk that tells its people in Slack."""

from datetime import timedelta
from functools import partial

from tests.slack.fake import TEAM, FakeSlack, Posted, User
from tests.worker.office import Office
from webapp.domain.channel import Medium
from webapp.domain.copy import Drawing
from webapp.domain.decision import Membership, Role
from webapp.domain.message import Reach
from webapp.domain.slack_link import SlackLink
from webapp.services import accounts, channels, outbox
from webapp.services.channels import Wish
from webapp.store import accounts as account_store
from webapp.store import channels as store
from worker.jobs import work_off

LEASE = timedelta(seconds=30)


class SlackDesk:
    """The office, the workspace, and the worker's turns, one at a time."""

    def __init__(self, there: Office, slack: FakeSlack) -> None:
        self.office, self.slack = there, slack
        self.channel = slack.add_channel("refunds")
        self.add_channel("payments", "#refunds")

    def add_channel(self, team: str, address: str, **more):
        """Tell a team in another channel."""
        wish = Wish(team=team, medium=Medium.SLACK, address=address, **more)
        return self.transact(channels.add, wish, "ana@example.org")

    def link(self, email: str, *, direct: str = "reminders", team: str = "payments") -> User:
        """Say who somebody in Slack is at the desk, with an account where there is none."""
        user = self.slack.add_user(email, email.partition("@")[0].title())

        def bind(work) -> None:
            known = account_store.user_by_email(work, email)
            role = Membership(team=team, role=Role.APPROVER)
            account = (known or accounts.add_user(work, email, role, "hash")).id
            link = SlackLink(workspace=TEAM, slack_user=user.id, user_id=account, direct=direct)
            store.bind(work, link)

        self.office.desk.transact(bind)
        return user

    def transact(self, service, *given, **named):
        return self.office.desk.transact(lambda work: service(work, *given, **named))

    def read(self, service, *given, **named):
        return self.office.desk.read(lambda work: service(work, *given, **named))

    def work(self, turns: int = 8) -> None:
        """Do what is due, and what that brings about, a few times over."""
        for _ in range(turns):
            leased = [
                attempt
                for reach in Reach
                for attempt in self.office.desk.transact(
                    partial(outbox.lease, reach=reach, limit=100, length=LEASE)
                )
            ]
            for attempt in leased:
                work_off(self.office.hands, attempt)
            if not leased:
                return

    def later(self, **span: float) -> None:
        """Let time pass, and do what is due then."""
        self.office.world.pass_time(**span)
        self.work()

    def slack_took(self, drawing: Drawing) -> str:
        """Let Slack have a message that a worker is sending; give Slack's name of it."""
        said = {"channel": drawing.copy.target, "text": "asks"}
        return self.slack.answer("chat.postMessage", self.slack.token, said)["ts"]

    def told(self, channel: str | None = None) -> list[Posted]:
        """List the messages of a channel that are no answers in a thread."""
        return [one for one in self.slack.messages(channel or self.channel) if not one.thread]

    def answers(self, message: Posted) -> list[Posted]:
        """List the answers in a message's thread."""
        return [one for one in self.slack.messages(message.channel) if one.thread == message.ts]

    def asked(self) -> tuple[object, Posted]:
        """Let the agent ask, and give the handoff with the message about it."""
        handoff = self.office.ask()
        self.work()
        return handoff, self.told()[-1]
