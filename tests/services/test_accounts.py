"""Who comes in, and how people, agents and keys come and go."""

import pytest
from sqlalchemy import select

from webapp.domain.decision import Membership, Person, Role
from webapp.domain.errors import Conflict, NotAuthenticated, NotFound, SubmissionInvalid
from webapp.domain.handoff import Agent, Face
from webapp.services import accounts, passwords
from webapp.store import tables
from webapp.work import Work, reading

PASSWORD = "correct horse battery"
PAYMENTS = Membership(team="payments", role=Role.APPROVER)


@pytest.fixture
def ann(transact, world):
    hashed = passwords.hash_password(PASSWORD, world)
    return transact(accounts.add_user, "Ann@Example.org", PAYMENTS, hashed)


@pytest.fixture
def billing(transact):
    return transact(accounts.add_agent, "billing-agent", "payments")


@pytest.fixture
def sign_in(read):
    """Give the user where e-mail and password belong together."""
    return lambda email, password: accounts.verified(read(accounts.claimed, email), password)


def test_an_agent_is_recognised_by_its_key(billing, read):
    agent, key = billing
    found = read(accounts.identify, key.secret, Face.API)
    assert found == Agent(id=agent.id, name="billing-agent", owner="payments", key_id=key.id)


class Counted(Work):
    """Count what is asked of the database."""

    asked = 0

    def ask_one(self, prepared, **values):
        Counted.asked += 1
        return super().ask_one(prepared, **values)


def test_an_agent_is_recognised_in_one_query(billing, store):
    with reading(store) as work:
        counted = Counted(connection=work.connection, store=store)
        before = Counted.asked
        accounts.identify(counted, billing[1].secret, Face.API)
    assert Counted.asked - before == 1


def test_a_person_is_recognised_by_a_token_with_the_roles_of_now(ann, read, transact):
    token = transact(accounts.add_token, "ann@example.org")
    transact(accounts.set_role, "ann@example.org", Membership(team="ops", role=Role.VIEWER))
    found = read(accounts.identify, token.secret, Face.API)
    assert isinstance(found, Person)
    assert found.email == "ann@example.org"
    assert set(found.memberships) == {PAYMENTS, Membership(team="ops", role=Role.VIEWER)}


@pytest.mark.parametrize("credential", ["", "hr_", "hr_unknown", "hp_unknown", "Bearer hr_x"])
def test_nobody_else_is_recognised(read, credential):
    with pytest.raises(NotAuthenticated):
        read(accounts.identify, credential, Face.API)


def test_a_token_does_not_pass_for_a_key(ann, read, transact):
    secret = transact(accounts.add_token, ann.email).secret
    with pytest.raises(NotAuthenticated):
        read(accounts.identify, "hr_" + secret.removeprefix("hp_"), Face.API)


def test_only_hashes_of_keys_and_tokens_are_stored(ann, billing, read, transact):
    secrets = {billing[1].secret, transact(accounts.add_token, ann.email).secret}
    stored = (tables.agent_keys, tables.tokens)
    rows = [str(row) for table in stored for row in read(lambda w, t=table: w.run(select(t)).all())]
    assert len(rows) == 2
    assert all(len(secret) >= 43 and secret not in row for secret in secrets for row in rows)


def test_a_revoked_key_is_not_recognised_while_the_others_are(billing, read, transact):
    agent, first = billing
    second = transact(accounts.add_key, agent.name)
    assert transact(accounts.revoke_key, agent.name, first.id) == 1
    with pytest.raises(NotAuthenticated):
        read(accounts.identify, first.secret, Face.API)
    assert read(accounts.identify, second.secret, Face.API).key_id == second.id


def test_all_keys_are_revoked_at_once(billing, read, transact):
    agent, _ = billing
    transact(accounts.add_key, agent.name)
    assert transact(accounts.revoke_key, agent.name, None) == 2
    assert all(key.revoked_at for key in read(accounts.keys_of, agent.name))


def test_a_key_remembers_who_made_it(ann, billing, read, transact):
    key = transact(accounts.add_key, "billing-agent", by="ann@example.org")
    assert read(accounts.identify, key.secret, Face.API).key_maker == ann.id
    assert read(accounts.keys_of, "billing-agent")[-1].maker == "ann@example.org"


def test_a_disabled_person_gets_in_no_more(ann, read, sign_in, transact):
    token = transact(accounts.add_token, ann.email)
    transact(accounts.disable_user, ann.email)
    with pytest.raises(NotAuthenticated):
        read(accounts.identify, token.secret, Face.API)
    assert sign_in(ann.email, PASSWORD) is None
    assert read(accounts.user, ann.id, "s1") is None


def test_the_right_password_signs_in_whatever_the_case_of_the_address(ann, sign_in):
    assert sign_in("ANN@example.org", PASSWORD).id == ann.id


@pytest.mark.parametrize("password", ["wrong", "", PASSWORD + "!", "x" * 5000])
def test_a_wrong_password_signs_nobody_in(ann, sign_in, password):
    assert sign_in(ann.email, password) is None


def test_an_unknown_address_signs_nobody_in(ann, sign_in):
    assert sign_in("nobody@example.org", PASSWORD) is None


def test_a_new_password_replaces_the_old_one_and_ends_sessions(ann, sign_in, transact, world):
    hashed = passwords.hash_password("another good one", world)
    transact(accounts.set_password, ann.email, hashed)
    assert sign_in(ann.email, PASSWORD) is None
    assert sign_in(ann.email, "another good one").epoch == ann.epoch + 1


def test_signing_out_everywhere_ends_sessions(ann, read, transact):
    transact(accounts.sign_out_everywhere, ann.id)
    assert read(accounts.user, ann.id, "s1").epoch == ann.epoch + 1


def test_a_session_that_ended_names_nobody_and_others_still_do(ann, read, transact):
    transact(accounts.end_session, "s1")
    transact(accounts.end_session, "s1")
    assert read(accounts.user, ann.id, "s1") is None
    assert read(accounts.user, ann.id, "s2").id == ann.id


def test_an_ended_session_is_forgotten_once_its_cookie_is_too_old_anyway(
    ann, transact, world, read
):
    transact(accounts.end_session, "s1")
    world.pass_time(hours=25)
    transact(accounts.end_session, "s2")
    kept = read(lambda work: [row.id for row in work.run(select(tables.ended_sessions.c.id))])
    assert kept == ["s2"]


def test_two_people_cannot_share_an_address(ann, transact):
    with pytest.raises(Conflict, match=r"ann@example\.org"):
        transact(accounts.add_user, "ANN@example.org ", PAYMENTS, "hash")


def test_two_agents_cannot_share_a_name(billing, transact):
    with pytest.raises(Conflict, match="billing-agent"):
        transact(accounts.add_agent, "billing-agent", "support")


@pytest.mark.parametrize("email", ["", "ann", "a b@example.org", "@example.org", "ann@", "a@b@c"])
def test_an_address_has_the_form_of_one(transact, email):
    with pytest.raises(SubmissionInvalid):
        transact(accounts.add_user, email, PAYMENTS, "hash")


@pytest.mark.parametrize("name", ["", "Billing", "-x", "a b", "x" * 81, "a.b", "naïve"])
def test_an_agent_s_name_is_plain(transact, name):
    with pytest.raises(SubmissionInvalid):
        transact(accounts.add_agent, name, "payments")


@pytest.mark.parametrize("team", ["", "*", "two words", "x" * 81, "-x"])
def test_an_agent_belongs_to_one_team(transact, team):
    with pytest.raises(SubmissionInvalid):
        transact(accounts.add_agent, "billing-agent", team)


def test_a_slip_of_the_pen_is_answered_with_the_nearest_name(billing, read):
    with pytest.raises(NotFound) as caught:
        read(accounts.agent_named, "biling-agent")
    assert caught.value.hint == "did you mean billing-agent?"


def test_a_password_is_neither_short_nor_endless(world):
    for password in ("short", "x" * 1001):
        with pytest.raises(SubmissionInvalid):
            passwords.hash_password(password, world)
    assert passwords.matches(passwords.hash_password("x" * 1000, world), "x" * 1000)


def test_a_renewed_hash_holds_the_same_password_and_keeps_sessions(ann, sign_in, transact, world):
    transact(accounts.renew_hash, ann, passwords.hash_password(PASSWORD, world))
    assert sign_in(ann.email, PASSWORD).epoch == ann.epoch


def test_a_hash_of_other_settings_is_outdated(world):
    fresh = passwords.hash_password(PASSWORD, world)
    assert not passwords.is_outdated(fresh)
    assert passwords.is_outdated(fresh.replace("t=2", "t=1"))
