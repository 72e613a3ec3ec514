"""`doctor` and `policy check` say what executors lack on this computer."""

import json
import shutil

import pytest

from tests.cli.conftest import Terminal

POLICY = """
actions:
  a.b:
    risk: low
    args: {type: object, additionalProperties: false}
    executor:
      http:
        url: https://tools.example.org/
        headers: {X-Api-Key: {secret: bank}}
        credentials: {vault: {path: database/creds/x}}
"""
MISSING = ["bank", "vault-token"]


@pytest.fixture
def secrets(tmp_path):
    """A folder with no secret in it."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    return folder


def told(terminal, secrets, *words):
    return terminal.run(*words, "--json", HANDRAIL_SECRETS=str(secrets))


def test_a_check_names_the_secrets_that_are_missing_where_it_knows_the_folder(terminal, secrets):
    file = terminal.file("policy.yaml", POLICY)
    said = json.loads(told(terminal, secrets, "policy", "check", file).stdout)
    assert said["problems"] == []
    assert [one for one in said["missing"] if "HANDRAIL_VAULT_URL" in one]
    assert [
        name for name in MISSING if any(f" {name} " in one for one in said["missing"])
    ] == MISSING
    assert terminal.json("policy", "check", file)["missing"] == []


def test_a_check_names_the_secrets_by_which_people_are_shown_the_world(terminal, secrets):
    look = """
actions:
  a.b: {risk: low, args: {type: object}, preview: {url: "https://bank.internal/", credentials: {secret: reader}}}
"""
    said = json.loads(
        told(terminal, secrets, "policy", "check", terminal.file("p.yaml", look)).stdout
    )
    assert [one for one in said["missing"] if "The secret reader is missing" in one]


def test_a_check_is_content_where_nothing_is_missing(terminal, secrets):
    file = terminal.file(
        "policy.yaml", POLICY.replace("{vault: {path: database/creds/x}}", "{secret: bank}")
    )
    (secrets / "bank").write_text("tk")
    assert json.loads(told(terminal, secrets, "policy", "check", file).stdout)["missing"] == []


def test_the_doctor_names_what_the_policy_in_force_lacks(terminal, secrets):
    terminal.json("policy", "publish", terminal.file("policy.yaml", POLICY))
    found = json.loads(told(terminal, secrets, "doctor").stdout)["findings"]
    remedies = {one["name"]: one["remedy"] for one in found}
    assert "The secret bank is missing" in remedies["executors"]


def test_a_folder_of_secrets_that_is_not_there_is_named(migrated, tmp_path):
    shutil.copyfile(migrated, tmp_path / "handrail.sqlite3")
    done = Terminal(tmp_path).run("agent", "list", HANDRAIL_SECRETS=str(tmp_path / "none"))
    assert "HANDRAIL_SECRETS is" in done.stderr


def test_what_looks_need_is_named_too(terminal, secrets):
    looks = [
        f"{{url: 'https://bank.internal/', credentials: {{secret: {name}}}}}"
        for name in ("before", "after")
    ]
    text = f"actions:\n  a.b: {{risk: low, preview: {looks[0]}, verify: {looks[1]}}}\n"
    file = terminal.file("policy.yaml", text)
    said = json.loads(told(terminal, secrets, "policy", "check", file).stdout)
    assert [one.split()[2] for one in said["missing"]] == ["after", "before"]
