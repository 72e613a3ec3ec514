"""The README's lines run as they stand there, against the sample policy."""

from __future__ import annotations

import itertools
import re
import shlex
from pathlib import Path

import httpx
import pytest

from sdk.tests.contract.real_desk import RealDesk

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
LINK = re.compile(r"\]\((?!http)([^)#]+)\)")


@pytest.fixture
def real(tmp_path):
    desk = RealDesk(tmp_path, (ROOT / "examples" / "policy.yaml").read_text())
    yield desk
    desk.close()


def block(language: str) -> str:
    return re.search(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)[1]


def test_the_five_lines_of_python_run(real, capsys):
    agent = real.client()
    args = {"ticket": "5510", "to": "Mara", "text": "On its way."}
    action = {"name": "support.reply", "args": args}
    ask = agent.submit(key="reply:5510", title="Answer Mara", action=action, confidence=0.8)
    real.decide(ask, "approve")  # the lines find that somebody has decided
    with real.served() as url:
        lines = block("python").replace("http://127.0.0.1:8000", url)
        exec(compile(lines.replace("hr_…", real.key("billing-agent")), "README", "exec"), {})
    assert capsys.readouterr().out.startswith("sending On its way. under pm_")


def test_the_lines_of_curl_get_answers(real):
    export, *commands = [line for line in shlex_lines(block("sh")) if line]
    names = dict(word.split("=", 1) for word in export[1:])
    names["KEY"] = real.key("billing-agent")
    answers = [ask(real, command, names) for command in commands]
    assert [answer.status_code for answer in answers] == [201, 200, 200]


def shlex_lines(text: str) -> list[list[str]]:
    """Split a script into commands and those into words, as a shell does."""
    words = shlex.shlex(text.replace("\\\n", " "), posix=True, punctuation_chars="\n")
    words.whitespace, words.whitespace_split = " \t", True
    commands: list[list[str]] = [[]]
    for word in words:
        if word.strip("\n"):
            commands[-1].append(word)
        else:
            commands.append([])
    return commands


def ask(real: RealDesk, command: list[str], names: dict[str, str]) -> httpx.Response:
    """Do what curl would do with these words."""
    filled = [re.sub(r"\$(\w+)", lambda name: names[name[1]], word) for word in command]
    url = next(word for word in filled if word.startswith("http"))
    pairs = list(itertools.pairwise(filled))
    headers = dict(value.split(": ", 1) for flag, value in pairs if flag == "-H")
    body = next((value for flag, value in pairs if flag == "-d"), None)
    method = "POST" if body else "GET"
    with httpx.Client(transport=real.transport) as http:
        return http.request(method, url, headers=headers, content=body)


def test_every_place_that_the_readme_names_is_there():
    assert [place for place in LINK.findall(README) if not (ROOT / place).exists()] == []
