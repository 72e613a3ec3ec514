"""What each command answers to scripts, and what it says where it refuses."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import Terminal

POLICY = "timezone: UTC\nunknown_action: block\n"
FAULTY = "timezone: UTC\nunknown_acton: block\n"


def test_adding_an_agent_gives_its_name_and_key(terminal):
    made = terminal.json("agent", "add", "billing-agent", "--owner", "payments")
    assert set(made) == {"agent", "key"}
    assert made["agent"] == "billing-agent"
    assert made["key"].startswith("hr_")


def test_adding_a_person_gives_the_address_and_a_password(terminal):
    words = ("user", "add", "ann@example.org", "--role", "approver", "--team", "payments")
    made = terminal.json(*words)
    assert set(made) == {"email", "password"}
    assert (made["email"], len(made["password"])) == ("ann@example.org", 20)


def test_adding_a_token_gives_the_token_alone(terminal):
    terminal.json("user", "add", "ann@example.org", "--role", "auditor")
    made = terminal.json("token", "add", "ann@example.org")
    assert set(made) == {"token"}
    assert made["token"].startswith("hp_")


def test_publishing_gives_the_number(terminal):
    file = terminal.file("policy.yaml", POLICY)
    numbers = [terminal.json("policy", "publish", file)["policy"] for _ in range(2)]
    assert numbers == [1, 2]


def test_checking_gives_problems_and_warnings_with_their_places(terminal):
    done = terminal.run("policy", "check", terminal.file("policy.yaml", FAULTY), "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 1
    assert set(found) == {"problems", "warnings", "people", "missing"}
    (problem,) = found["problems"]
    assert set(problem) == {"line", "column", "pointer", "code", "message", "hint"}
    assert (problem["line"], problem["column"]) == (2, 1)


def test_checking_needs_no_settings(tmp_path):
    terminal = Terminal(tmp_path / "nowhere")
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY)
    found = terminal.json("policy", "check", str(file))
    assert (found["problems"], found["people"]["checked"]) == ([], False)
    assert "There is no database at" in found["people"]["because"]
    assert (
        "was not checked: There is no database" in terminal.run("policy", "check", str(file)).stdout
    )
    assert not terminal.home.exists()


TEAMS = """\
agents: {billing-agent: {owner: payments}}
actions: {pay: {risk: low, args: {type: object}, approvals: {from: [paymets], count: 2}}}
"""


def test_checking_asks_the_database_for_the_people(terminal):
    terminal.json("user", "add", "ann@example.org", "--team", "payments")
    file = terminal.file("policy.yaml", TEAMS)
    found = terminal.json("policy", "check", file)
    assert found["people"] == {"checked": True, "because": None}
    [warning] = found["warnings"]
    assert (warning["code"], warning["hint"]) == ("team_empty", "did you mean payments?")
    assert "warning: Nobody may decide for paymets." in terminal.run("policy", "check", file).stdout


def test_publishing_warns_of_people_who_are_not_there_and_locks_nobody_out(terminal):
    file = terminal.file("policy.yaml", TEAMS)
    done = terminal.run("policy", "publish", file)
    assert (done.exit_code, done.stdout) == (0, "Policy 1 is in force.\n")
    assert "warning: Nobody may decide anything yet" in done.stderr
    assert terminal.json("policy", "publish", file) == {"policy": 2}


def test_a_faulty_policy_is_not_published(terminal):
    said = terminal.refusal("policy", "publish", terminal.file("policy.yaml", FAULTY))
    assert ":2:1: " in said
    assert terminal.json("policy", "list") == {"policies": []}


def test_a_published_policy_is_shown_and_compared(terminal):
    first, second = terminal.file("a.yaml", POLICY), terminal.file("b.yaml", POLICY + "\n# more\n")
    terminal.json("policy", "publish", first)
    terminal.json("policy", "publish", second)
    assert terminal.json("policy", "show", "1")["text"] == POLICY
    assert "+# more" in terminal.json("policy", "diff", "1", "current")["diff"]
    assert terminal.json("policy", "diff", "2", second)["diff"] == ""


def test_what_changes_is_said_in_words(terminal):
    first, second = terminal.file("a.yaml", POLICY), terminal.file("b.yaml", "timezone: UTC\n")
    (change,) = terminal.json("policy", "diff", first, second)["changes"]
    assert change == {
        "path": "unknown_action",
        "said": "Actions without a type are now put before people.",
        "leaning": "looser",
    }
    assert "looser:" in terminal.run("policy", "diff", first, second).stdout
    assert (
        "Only comments"
        in terminal.run("policy", "diff", first, terminal.file("c.yaml", POLICY + "# x\n")).stdout
    )
    assert "cannot be compared" in terminal.refusal(
        "policy", "diff", first, terminal.file("d.yaml", FAULTY)
    )


def test_simulating_says_that_it_is_simulated_and_tells_its_progress_apart(terminal):
    done = terminal.run("policy", "simulate", terminal.file("a.yaml", POLICY), "--json")
    found = json.loads(done.stdout)
    assert (found["simulated"], found["whole"], found["asks"]) == (True, True, 0)
    assert "cannot be simulated" in terminal.refusal(
        "policy", "simulate", terminal.file("f.yaml", FAULTY)
    )
    told = terminal.run("policy", "simulate", terminal.file("a.yaml", POLICY)).stdout
    assert "Simulated, not proven" in told
    assert "new counterparties and tasks that did not serve asked for stays as recorded" in told


def test_replaying_one_needs_a_handoff_that_exists(terminal):
    assert "no handoff ho_x" in terminal.refusal("replay", "ho_x")
    assert "Name a handoff" in terminal.refusal("replay", "--policy", "1")


def test_where_two_must_publish_the_command_line_asks_for_two(terminal):
    for name in ("ada", "ben"):
        terminal.json("user", "add", f"{name}@example.org", "--role", "admin", "--team", "*")
    first = terminal.file("a.yaml", POLICY + "publishing: {by: two}\n")
    assert terminal.json("policy", "publish", first) == {"policy": 1}
    second = terminal.file("b.yaml", POLICY)
    assert "--by EMAIL" in terminal.run("policy", "publish", second).stderr + terminal.refusal(
        "policy", "publish", second, "--by", "ada@example.org"
    )
    draft = terminal.json("policy", "propose", second, "--by", "ada@example.org")["draft"]
    assert [one["draft"] for one in terminal.json("policy", "drafts")["drafts"]] == [draft]
    terminal.refusal("policy", "publish", second, "--by", "ada@example.org")
    done = terminal.json("policy", "publish", second, "--by", "ben@example.org")
    assert done == {"policy": 2}
    assert terminal.json("policy", "rollback", "1") == {"policy": 3}
    back = terminal.json("policy", "rollback", "2", "--by", "ada@example.org")
    assert set(back) == {"draft"}


def test_a_key_that_is_revoked_is_listed_so(terminal):
    terminal.json("agent", "add", "billing-agent", "--owner", "payments")
    made = terminal.json("key", "add", "billing-agent")
    assert terminal.json("key", "revoke", "billing-agent", made["id"])["revoked"] == 1
    keys = terminal.json("key", "list", "billing-agent")["keys"]
    assert [key["revoked_at"] is None for key in keys] == [True, False]


def test_who_made_a_key_is_listed(terminal):
    terminal.json("user", "add", "ann@example.org", "--role", "auditor")
    terminal.json("agent", "add", "billing-agent", "--owner", "x", "--by", "ann@example.org")
    (agent,) = terminal.json("agent", "list")["agents"]
    assert [key["made_by"] for key in agent["keys"]] == ["ann@example.org"]


def test_a_person_s_roles_are_listed(terminal):
    terminal.json("user", "add", "ann@example.org", "--role", "approver", "--team", "payments")
    terminal.json("user", "role", "ann@example.org", "--role", "viewer", "--team", "ops")
    (user,) = terminal.json("user", "list")["users"]
    assert user["roles"] == [
        {"team": "ops", "role": "viewer"},
        {"team": "payments", "role": "approver"},
    ]


def test_a_disabled_person_gets_no_token(terminal):
    terminal.json("user", "add", "ann@example.org", "--role", "auditor")
    terminal.json("user", "disable", "ann@example.org")
    assert "no user ann@example.org" in terminal.refusal("token", "add", "ann@example.org")


def test_somebody_is_away_until_a_day_and_somebody_else_decides(terminal):
    for name in ("ann", "ben"):
        terminal.json("user", "add", f"{name}@example.org", "--team", "payments")
    until = (datetime.now(UTC) + timedelta(days=9)).date()
    away = ("user", "away", "ann@example.org", "--until", str(until))
    made = terminal.json(*away, "--delegate", "ben@example.org")
    ends_at = f"{until + timedelta(days=1)}T00:00:00Z"
    assert made == {"email": "ann@example.org", "ends_at": ends_at, "delegate": "ben@example.org"}
    ann, ben = terminal.json("user", "list")["users"]
    assert (ann["away_until"], ann["delegate"]) == (ends_at, "ben@example.org")
    assert (ben["away_until"], ben["delegate"]) == (None, None)
    assert "ben@example.org decides" in terminal.run("user", "list").stdout
    assert "is away, too" in terminal.refusal(
        "user", "away", "ben@example.org", "--until", str(until), "--delegate", "ann@example.org"
    )
    assert terminal.json(*away)["delegate"] is None
    assert terminal.json("user", "back", "ann@example.org")["was_away"]
    assert "was not away" in terminal.run("user", "back", "ann@example.org").stdout


def test_nobody_is_away_for_longer_than_sixty_days(terminal):
    terminal.json("user", "add", "ann@example.org", "--team", "payments")
    until = (datetime.now(UTC) + timedelta(days=61)).date()
    said = terminal.refusal("user", "away", "ann@example.org", "--until", str(until))
    assert "60 days" in said


def test_tokens_are_revoked_together(terminal):
    terminal.json("user", "add", "ann@example.org", "--role", "auditor")
    terminal.json("token", "add", "ann@example.org")
    terminal.json("token", "add", "ann@example.org")
    assert terminal.json("token", "revoke", "ann@example.org") == {"revoked": 2}


def test_a_password_can_be_given_and_replaced(terminal):
    chosen = ("--password", "correct horse battery")
    made = terminal.json("user", "add", "ann@example.org", "--role", "auditor", *chosen)
    assert made["password"] == "correct horse battery"
    assert len(terminal.json("user", "password", "ann@example.org")["password"]) == 20


@pytest.mark.parametrize(
    "scope", [(), ("--agent", "billing-agent"), ("--action", "payments.*")], ids=" ".join
)
def test_a_stop_is_listed_until_the_same_words_lift_it(terminal, scope):
    terminal.json("agent", "add", "billing-agent", "--owner", "payments")
    made = terminal.json("stop", *scope, "--reason", "it loops")["stop"]
    assert terminal.json("stops")["stops"] == [made]
    assert terminal.json("resume", *scope) == {"lifted": 1}
    assert terminal.json("stops") == {"stops": []}


def test_a_stop_is_lifted_in_stages(terminal):
    terminal.json("stop", "--reason", "it loops")
    assert terminal.json("resume", "--supervised") == {"lifted": 1}
    assert [one["stage"] for one in terminal.json("stops")["stops"]] == ["supervised"]
    assert terminal.json("resume") == {"lifted": 1}
    assert terminal.json("stops") == {"stops": []}


def test_stopping_an_agent_can_rotate_its_keys(terminal):
    first = terminal.json("agent", "add", "billing-agent", "--owner", "payments")["key"]
    words = ("--agent", "billing-agent", "--reason", "leaked", "--rotate-keys")
    assert terminal.json("stop", *words)["key"] not in {first, None}
    keys = terminal.json("key", "list", "billing-agent")["keys"]
    assert [one["revoked_at"] is None for one in keys] == [False, True]


def test_a_drill_holds_says_so_and_leaves_no_stop(terminal):
    said = terminal.json("stop", "--drill", "1", "--reason", "drill")["drill"]
    assert (said["held"], said["last_start_ms"], said["seconds"]) == (True, None, 1)
    assert terminal.json("stops") == {"stops": []}


LADDER = "agents: {billing-agent: {owner: payments, autonomy: {max: low_risk, promote: {}}}}"


def test_an_agents_level_is_shown_and_moved_for_a_reason(terminal):
    terminal.json("agent", "add", "billing-agent", "--owner", "payments")
    terminal.json("policy", "publish", terminal.file("policy.yaml", LADDER))
    found = terminal.json("agent", "level", "billing-agent")
    assert (found["level"], found["max"]) == ("supervised", "low_risk")
    assert found["next_level"]["level"] == "read_only"
    moved = terminal.json("agent", "level", "billing-agent", "read_only", "--because", "It reads")
    assert (moved["level"], moved["next_level"]["level"]) == ("read_only", "low_risk")
    assert terminal.json("verify")["misfit"] is None


def test_a_level_is_not_moved_without_a_reason_nor_by_whom_it_is_not_up_to(terminal):
    terminal.json("agent", "add", "billing-agent", "--owner", "payments")
    terminal.json("policy", "publish", terminal.file("policy.yaml", LADDER))
    terminal.json("user", "add", "bob@example.org", "--role", "approver", "--team", "payments")
    words = ("agent", "level", "billing-agent", "read_only")
    assert "Say why" in terminal.refusal(*words)
    assert "Only admins" in terminal.refusal(*words, "--because", "x", "--by", "bob@example.org")


def test_a_stop_for_an_agent_that_does_not_exist_is_refused(terminal):
    terminal.json("agent", "add", "billing-agent", "--owner", "payments")
    said = terminal.refusal("stop", "--agent", "biling-agent", "--reason", "it loops")
    assert said == "There is no agent biling-agent. Did you mean billing-agent?"


def test_an_empty_history_verifies_replays_and_exports(terminal):
    assert terminal.json("verify")["misfit"] is None
    assert terminal.json("replay")["differing"] == 0
    assert terminal.run("export").stdout == ""


def test_the_doctor_says_what_to_do_about_each_thing_that_is_missing(terminal):
    done = terminal.run("doctor", "--json")
    found = {one["name"]: one["remedy"] for one in json.loads(done.stdout)["findings"]}
    assert done.exit_code == 1
    assert found["database"] is None
    assert "policy publish" in found["policy"]
    assert "handrail up" in found["redis"]


@pytest.mark.parametrize(
    "words",
    [
        ("agent", "add", "x", "--owner", "payments"),
        ("stop", "--reason", "x"),
        ("verify",),
        ("user", "list"),
    ],
    ids=" ".join,
)
def test_a_database_without_tables_is_named_as_such(tmp_path, words):
    assert "handrail migrate" in Terminal(tmp_path).refusal(*words)


def test_migrating_twice_is_no_error(tmp_path):
    terminal = Terminal(tmp_path)
    assert terminal.json("migrate") == terminal.json("migrate")
    assert terminal.json("agent", "list") == {"agents": []}


def test_a_missing_file_is_named(terminal):
    assert terminal.refusal("policy", "publish", "nowhere.yaml").startswith("nowhere.yaml cannot")
