"""What the policy may say of a look, and what is refused at its place."""

from datetime import timedelta

import pytest

from webapp.domain.executor import Credentials, Header
from webapp.domain.look import Look
from webapp.domain.policy_look import read_look
from webapp.domain.policy_problems import Notes
from webapp.domain.policy_schema import check_args
from webapp.domain.policy_section import Section
from webapp.domain.yaml_lines import read_yaml

ARGS = """
args:
  type: object
  required: [order, who, lines, any, count]
  additionalProperties: false
  properties:
    order: {type: string}
    note: {type: string}
    lines: {type: array}
    any: {}
    count: {enum: [1, 2]}
    who: {type: object, required: [name], properties: {name: {type: string}}}
look:
"""


def looked(lines, args=ARGS):
    notes = Notes()
    document = Section(node=read_yaml(args + f"  {lines}\n", notes), path="", notes=notes)
    schema = document.raw("args")
    shape = check_args(schema, "args", notes)
    look = read_look(document.section("look"), shape)
    return look, [(p.pointer, p.code) for p in notes.problems], [p.code for p in notes.warnings]


def test_everything_that_can_be_said_is_read():
    look, problems, warnings = looked(
        "{url: 'https://bank.internal:8443/o/{order}?n={/who/name}&c={count}', timeout: 8s, credentials: {secret: tok},"
        " headers: {X-Api-Key: {secret: bank}, X-Team: pay}}"
    )
    assert (problems, warnings) == ([], [])
    assert look == Look(
        url="https://bank.internal:8443/o/{order}?n={/who/name}&c={count}",
        headers=(Header(name="X-Api-Key", secret="bank"), Header(name="X-Team", text="pay")),
        credentials=Credentials(secret="tok"),
        timeout=timedelta(seconds=8),
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://{order}/x", "https://bank{order}/x", "https://bank:{count}/x", "{order}://bank/x",
        "https://bank{order}@evil/x", "https://u:p@bank/", "https://bank/#{order}", "https://bank/a b",
        "ftp://bank/{order}", "https:///{order}", "https://bank\\\\{order}", "https://bank/../{order}",
        "https://bank/{order}/..", "https://bank:0/{order}", "https://bank/{{order}}", "https://[::1/{order}",
        "//bank/{order}", "https://é/{order}", "https://bank",
    ],
)  # fmt: skip
def test_an_arg_stands_nowhere_but_in_path_and_query(url):
    expected = [] if url == "https://bank" else [("look.url", "bad_address")]
    assert looked(f'{{url: "{url}"}}')[1] == expected


@pytest.mark.parametrize(
    ("lines", "path", "code"),
    [
        ("{}", "look", "missing"),
        ("{url: 'https://bank/{'}", "look.url", "bad_template"),
        ("{url: 'https://bank/{ordr}'}", "look.url", "unknown_arg"),
        ("{url: 'https://bank/{note}'}", "look.url", "unknown_arg"),
        ("{url: 'https://bank/{lines}'}", "look.url", "wrong_type"),
        ("{url: 'https://bank/{who}'}", "look.url", "wrong_type"),
        ("{url: 'https://bank/{any}'}", "look.url", "wrong_type"),
        ("{url: 'https://bank/{/lines/0}'}", "look.url", "unknown_arg"),
        ("{url: 'https://bank/', timeout: 11s}", "look.timeout", "out_of_range"),
        ("{url: 'https://bank/', headers: {Host: x}}", "look.headers.Host", "bad_name"),
        ("{url: 'https://bank/', headers: {X-Token: x}}", "look.headers.X-Token", "secret_written"),
        (
            "{url: 'https://bank/', credentials: {vault: {path: a/b}}}",
            "look.credentials.vault",
            "unsupported",
        ),
        (
            "{url: 'https://bank/', credentials: {secret: a}, headers: {Authorization: {secret: b}}}",
            "look.headers",
            "duplicate_key",
        ),
    ],
)
def test_what_cannot_be_asked_so_is_refused_at_its_place(lines, path, code):
    assert looked(lines)[1] == [(path, code)]


def test_without_a_schema_no_arg_is_sure_to_be_there():
    assert looked("{url: 'https://bank/{order}'}", "args: {}\nlook:\n")[1] == [
        ("look.url", "unknown_arg")
    ]


def test_an_address_that_everybody_overhears_is_pointed_at():
    assert looked("{url: 'http://bank/{order}'}")[2] == ["unencrypted"]
