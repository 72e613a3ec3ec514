"""An office whose policy has a tool called: the tool, a folder of secrets, and what people and worker do."""

from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial

from tests.tool import LOOPBACK, tool
from tests.worker.office import office
from webapp.domain.message import Reach, Topic
from webapp.services import outbox, policies
from webapp.store import handoffs, tables
from worker.jobs import work_off
from worker.relay import LEASE

SECRET = "tk-live-4711"
POLICY = """
timezone: UTC
agents:
  refunder: {{owner: payments, autonomy: {{start: standard, max: standard}}}}
actions:
  payments.refund:
    title: Refund a customer
    risk: medium
    args: {{type: object, properties: {{amount: {{type: string}}}}}}
    approvals: {{from: [payments], count: 1}}
    permit: {{valid: 24h, run_within: 15m, not_before: 0s}}
    executor:
      http: {{url: "{url}", headers: {{X-Api-Key: {{secret: bank}}, X-Team: payments}}, timeout: 1s, {more}}}
"""


class Died(BaseException):
    """The end of a process."""


class Dying:
    """The last thing that a worker does."""

    def send(self, request):
        raise Died


class Bench:
    """An office, a tool, a folder of secrets, and a policy that has the tool called."""

    def __init__(self, there, asked_of, folder):
        self.office, self.tool, self.folder = there, asked_of, folder
        self.desk, self.world = there.desk, there.world
        (folder / "bank").write_text(f"{SECRET}\n")

    def publish(self, more="", url=None, text=POLICY):
        written = text.format(url=url or self.tool.url, more=more)
        self.desk.transact(lambda work: policies.publish(work, written, "ana@example.org"))

    def approved(self):
        return self.office.approve(self.office.ask())

    def turn(self, reach=Reach.OUTSIDE):
        """Work off what is due and waits for the network, or for our database alone."""
        for attempt in self.leased(reach):
            work_off(self.office.hands, attempt)

    def leased(self, reach=Reach.OUTSIDE):
        """Take what is due, oldest first."""
        return self.desk.transact(partial(outbox.lease, reach=reach, limit=100, length=LEASE))

    def is_to_execute(self, attempt):
        found = self.desk.read(lambda work: outbox.claim(work, attempt))
        return found is not None and found.topic is Topic.EXECUTE

    def run(self, handoff):
        self.turn()
        return self.office.now(handoff)

    def die_in_the_call(self):
        """Work off what is due as a worker that is killed when it comes to calling."""
        alive = self.office.hands
        self.office.hands = replace(alive, web=Dying())
        with suppress(Died):
            self.turn()
        self.office.hands = alive

    def said(self, handoff):
        """What was reported of it."""
        now = self.office.now(handoff)
        found = self.desk.read(lambda work: handoffs.content(work, now.id, now.outcome.sequence))
        return found.body

    def everything(self):
        """All that the database holds, as text."""
        rows = []
        for table in tables.metadata.sorted_tables:
            rows += self.desk.read(lambda work, table=table: work.run(table.select()).all())
        return repr(rows)


@contextmanager
def a_bench(database_url, folder, **given):
    """Open an office with a tool beside it."""
    settings = {"HANDRAIL_SECRETS": str(folder), "HANDRAIL_ALLOW_NETWORKS": LOOPBACK, **given}
    with tool() as asked_of, office(database_url, **settings) as there:
        yield Bench(there, asked_of, folder)
