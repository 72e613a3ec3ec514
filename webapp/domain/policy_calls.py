"""Read what every server that a policy names is shown: its address, headers, and secrets by name."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from webapp.domain.executor import Credentials, Header
from webapp.domain.policy_problems import Code
from webapp.domain.policy_section import Section

LONGEST_URL = 2_000
MOST_HEADERS = 20
# what Handrail itself writes, or the connection needs
OURS = frozenset(
    {
        "connection", "content-length", "content-type", "handrail-permit", "host", "idempotency-key",
        "transfer-encoding", "user-agent",
    }
)  # fmt: skip

_PRINTABLE = re.compile(r"[ -~]*")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_SECRET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
_FIELD = re.compile(r"[A-Za-z0-9_-]{1,100}")
_TELLTALE = re.compile(r"auth|cookie|key|token|secret|password", re.IGNORECASE)


def is_address(url: str) -> bool:
    """Say whether this can be called: http or https, no password, no arg, no fragment."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    plain = _PRINTABLE.fullmatch(url) is not None and not set(url) & set(" #{}\\")
    return usable and plain and parts.scheme in {"http", "https"} and "@" not in parts.netloc


def read_headers(section: Section) -> tuple[Header, ...]:
    """Read `headers`, where secrets stand by name."""
    headers = section.section("headers")
    if len(headers.names()) > MOST_HEADERS:
        message = f"There are {len(headers.names())} headers; {MOST_HEADERS} is the most."
        headers.notes.problem(headers.place, Code.OUT_OF_RANGE, message)
    if "credentials" in section and "authorization" in map(str.lower, headers.names()):
        message = "credentials are sent as Authorization, which headers say as well."
        headers.notes.problem(headers.place, Code.DUPLICATE_KEY, message, "keep one")
    return tuple(_read_header(headers, name) for name in headers.names())


def _read_header(headers: Section, name: str) -> Header:
    if not _HEADER.fullmatch(name) or name.lower() in OURS:
        message = f"{name[:80]} is no header that a policy can set."
        headers.notes.problem(headers.key_at(name), Code.BAD_NAME, message)
    node = headers.raw(name)
    if node and isinstance(node.value, dict):
        named = headers.section(name)
        named.only(("secret",))
        return Header(name=name, secret=_read_secret(named))
    text = headers.text(name)
    if text is not None and not _PRINTABLE.fullmatch(text):
        message = f"{name[:80]} must be plain ASCII."
        headers.notes.problem(headers.at(name), Code.BAD_NAME, message)
    elif _TELLTALE.search(name):
        message = f"{name[:80]} holds a secret where everybody reads it."
        hint = "name the secret instead: {secret: NAME}"
        headers.notes.problem(headers.at(name), Code.SECRET_WRITTEN, message, hint)
    return Header(name=name, text=text or "")


def read_credentials(section: Section) -> Credentials | None:
    """Read `credentials`: a secret by name, or what Vault lends; None where there are none."""
    if "credentials" not in section:
        return None
    credentials = section.section("credentials")
    credentials.only(("secret", "vault"))
    if len(credentials.names()) != 1:
        message = "credentials are a secret, or lent by vault."
        hint = "{secret: NAME}, or {vault: {path: database/creds/refunds}}"
        credentials.notes.problem(credentials.place, Code.MISSING, message, hint)
        return None
    if "secret" in credentials:
        return Credentials(secret=_read_secret(credentials))
    vault = credentials.section("vault")
    vault.only(("path", "field"))
    return Credentials(
        vault=read_form(vault, "path", _PATH, "such as database/creds/refunds"),
        field=read_form(vault, "field", _FIELD, "such as password", Credentials().field),
    )


def _read_secret(section: Section) -> str:
    return read_form(section, "secret", _SECRET, "the name of its file in HANDRAIL_SECRETS")


def read_form(
    section: Section, key: str, form: re.Pattern[str], hint: str, default: str | None = None
) -> str:
    """Read text that has a form; it must be there unless there is a default."""
    if key not in section:
        if default is None:
            section.notes.problem(section.place, Code.MISSING, f"{key} is missing.", hint)
        return default or ""
    text = section.text(key)
    if text is not None and not form.fullmatch(text):
        message = f"{text[:80]} does not have the form that {key} needs."
        section.notes.problem(section.at(key), Code.BAD_NAME, message, hint)
    return text or ""
