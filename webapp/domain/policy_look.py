"""Read a look of the policy: the address that is asked, and what it is shown."""

from __future__ import annotations

import re
from datetime import timedelta

from webapp.domain.executor import Credentials
from webapp.domain.look import LONGEST_TIMEOUT, TIMEOUT, Look
from webapp.domain.policy_calls import LONGEST_URL, is_address, read_credentials, read_headers
from webapp.domain.policy_conditions import check_arg
from webapp.domain.policy_problems import Code
from webapp.domain.policy_schema import ArgsShape, Membership
from webapp.domain.policy_section import Section
from webapp.domain.summary import Template, read_template

LOOK_KEYS = ("url", "headers", "credentials", "timeout")
HINT = "such as https://bank.internal/orders/{order_id}; an arg stands in path or query alone"

_SERVER = re.compile(r"https?://[^/?]+[/?]")
_HOLDERS = frozenset({"array", "object"})


def read_look(section: Section, shape: ArgsShape) -> Look:
    """Read the LOOK_KEYS of a section; whoever has other keys in it says which ones there may be."""
    return Look(
        url=_read_url(section, shape),
        headers=read_headers(section),
        credentials=_read_credentials(section),
        timeout=_read_timeout(section),
    )


def _read_url(section: Section, shape: ArgsShape) -> str:
    url = section.text("url", LONGEST_URL)
    if url is None:
        if "url" not in section:
            message = "url is missing: the address that is asked."
            section.notes.problem(section.place, Code.MISSING, message, HINT)
        return ""
    template = read_template(url)
    for fault in template.faults:
        message = f"{fault[:80]} in url names no arg."
        section.notes.problem(section.at("url"), Code.BAD_TEMPLATE, message, HINT)
    if not template.faults and not _is_address(template):
        message = f"{url[:80]} is no address that can be asked."
        section.notes.problem(section.at("url"), Code.BAD_ADDRESS, message, HINT)
    elif url.startswith("http:"):
        message = "What is asked, shown and answered goes to this address and back unencrypted."
        section.notes.warn(section.at("url"), Code.UNENCRYPTED, message, "https://…")
    for pointer in template.pointers:
        _check_arg(section, pointer, shape)
    return url


def _is_address(template: Template) -> bool:
    """Say whether it can be called, its args leave the server alone, and its path goes straight down."""
    sample = "".join(words + ("x" if pointer else "") for words, pointer in template.parts)
    path = sample.partition("?")[0].split("/")
    first = template.parts[0][0]
    fixed = not template.pointers or _SERVER.match(first) is not None
    return fixed and is_address(sample) and not {".", ".."} & set(path)


def _check_arg(section: Section, pointer: str, shape: ArgsShape) -> None:
    """Take only an arg that is always there, and that can be written in one piece."""
    check_arg(section, "url", pointer, shape)
    known = shape.membership(pointer)
    if known in {Membership.OPTIONAL, Membership.UNCHECKED}:
        message = f"{pointer} is not required by args; without it nothing can be asked."
        section.notes.problem(section.at("url"), Code.UNKNOWN_ARG, message, "require it")
    elif known is Membership.REQUIRED and shape.may_have_type(pointer, _HOLDERS):
        message = f"{pointer} may be an object or a list, which no address holds."
        hint = "say in args that it is text, a number, or true or false"
        section.notes.problem(section.at("url"), Code.WRONG_TYPE, message, hint)


def _read_credentials(section: Section) -> Credentials | None:
    credentials = read_credentials(section)
    if credentials and credentials.vault:
        message = "Vault lends for executions alone; a look needs a named secret."
        place = section.section("credentials").at("vault")
        section.notes.problem(place, Code.UNSUPPORTED, message, "credentials: {secret: NAME}")
    return credentials


def _read_timeout(section: Section) -> timedelta:
    timeout = section.duration("timeout", TIMEOUT)
    if timeout > LONGEST_TIMEOUT:
        message = "timeout is longer than 10s, which is the most."
        section.notes.problem(section.at("timeout"), Code.OUT_OF_RANGE, message)
    return timeout
