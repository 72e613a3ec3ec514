"""What Handrail is told from outside: the settings, read once from the environment."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from webapp.domain.errors import HandrailError

KEY_FILE = "secret-key"
SECRET_LEAST = 32  # characters; `handrail up` makes 43, which carry 256 bits
LONGEST_SOCKET_PATH = 103  # the kernels' limits are 107 (Linux) and 103 (macOS) bytes
DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "sqlite": "sqlite",
}
SLACK_API = "https://slack.com/api"
MAILBOX = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+")
Network = IPv4Network | IPv6Network
REDIS_SCHEMES = ("redis", "rediss", "unix")
YES_AND_NO = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class LogLevel(StrEnum):
    """How much the log says."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Security(StrEnum):
    """How a connection to a mail server is kept from others' eyes."""

    STARTTLS = "starttls"
    TLS = "ssl"
    NONE = "insecure"


MAIL_SCHEMES = {
    "smtp": (Security.STARTTLS, 587),
    "smtps": (Security.TLS, 465),
    "smtp+plain": (Security.NONE, 25),
}


class CannotStart(HandrailError):
    """Handrail cannot start as it is set up."""

    code = "cannot_start"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    """How to speak to Slack: the bot's token, and by what Slack's requests to us are known.

    With `app_token` they come over a socket that we open (Socket Mode); with `signing_secret` they come as signed
    requests. `api_url` is Slack's own but for tests.
    """

    bot_token: str = field(repr=False)
    signing_secret: str | None = field(repr=False)
    app_token: str | None = field(repr=False)
    api_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """The server that takes our mail, and who it is from."""

    host: str
    port: int
    security: Security
    user: str | None
    password: str | None = field(repr=False)
    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Every setting, checked; paths are absolute, addresses carry no trailing slash."""

    home: Path
    host: str
    port: int
    public_url: str
    secret_key: str = field(repr=False)
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    sample: bool
    log_level: LogLevel
    threads: int  # requests that one process serves at a time, on SQLite
    processes: int  # web processes, on PostgreSQL
    stops_with_parent: bool  # `up` ends when the program that started it does
    # private ones that callbacks and executors may reach
    allowed_networks: tuple[Network, ...] = ()
    slack: SlackSettings | None = None
    secrets: Path | None = None  # the folder with a file for each secret
    vault_url: str | None = None
    mail: MailSettings | None = None

    @property
    def on_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def secure(self) -> bool:
        """Say whether people reach Handrail over TLS, so that cookies may insist on it."""
        return self.public_url.startswith("https://")

    @property
    def redis_is_ours(self) -> bool:
        """Say whether `up` has to start the Redis-compatible server itself."""
        return self.redis_url == embedded_redis_url(self.home)

    @property
    def first_run_file(self) -> Path:
        return self.home / "first-run.json"


def environment() -> dict[str, str]:
    """Copy the environment, for a child process or for `read`."""
    return dict(os.environ)


def home_of(environ: Mapping[str, str]) -> Path:
    """Name the folder that holds the data of the embedded default."""
    return Path(environ.get("HANDRAIL_HOME") or "var").expanduser().absolute()


def database_file(environ: Mapping[str, str]) -> Path | None:
    """Name the file of the embedded database, None where `environ` names a server."""
    given = environ.get("DATABASE_URL", "").strip() or _embedded_database(home_of(environ))
    scheme, _, file = given.partition(":///")
    return Path(file) if scheme == "sqlite" else None


def _embedded_database(home: Path) -> str:
    return f"sqlite:///{home / 'handrail.sqlite3'}"


def read(environ: Mapping[str, str]) -> Config:
    """Make the `Config` that `environ` asks for.

    Raises CannotStart with one line for each fault, each with what to do.
    """
    settings = _Settings(environ)
    home = home_of(environ)
    host = settings.text("HANDRAIL_HOST", "127.0.0.1")
    port = settings.number("HANDRAIL_PORT", 8000, least=1, most=65535)
    config = Config(
        home=home,
        host=host,
        port=port,
        public_url=settings.web_address("HANDRAIL_PUBLIC_URL", local_address(host, port)),
        secret_key=settings.secret("HANDRAIL_SECRET_KEY", home / KEY_FILE),
        database_url=settings.database("DATABASE_URL", _embedded_database(home)),
        redis_url=settings.redis("REDIS_URL", embedded_redis_url(home)),
        sample=settings.flag("HANDRAIL_SAMPLE", default=True),
        log_level=settings.log_level("HANDRAIL_LOG_LEVEL", LogLevel.INFO),
        threads=settings.number("HANDRAIL_THREADS", 100, least=4, most=1000),
        processes=settings.number("HANDRAIL_PROCESSES", 2, least=1, most=256),
        stops_with_parent=settings.flag("HANDRAIL_STOPS_WITH_PARENT", default=False),
        allowed_networks=settings.networks("HANDRAIL_ALLOW_NETWORKS"),
        slack=settings.slack(),
        secrets=settings.folder("HANDRAIL_SECRETS"),
        vault_url=settings.web_address("HANDRAIL_VAULT_URL", "") or None,
        mail=settings.mail(),
    )
    if settings.faults:
        raise CannotStart("\n".join(settings.faults))
    return config


def local_address(host: str, port: int) -> str:
    """Give the address at which a browser on this computer reaches `host` and `port`."""
    try:
        every = ip_address(host).is_unspecified
    except ValueError:
        every = False
    reachable = "127.0.0.1" if every else f"[{host}]" if ":" in host else host
    return f"http://{reachable}:{port}"


def embedded_redis_url(home: Path) -> str:
    """Give the address of the private Redis-compatible server that belongs to `home`."""
    return f"unix://{socket_folder(home) / 'redis.sock'}"


def socket_folder(home: Path) -> Path:
    """Name the folder for `home`'s socket: itself, or a short one where that path is too long."""
    if len(os.fsencode(home / "redis.sock")) <= LONGEST_SOCKET_PATH:
        return home
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"handrail-{os.getuid()}-{digest}"


def _split(address: str) -> tuple[SplitResult | None, int | None]:
    """Take an address apart, with its port; None where it is none."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None, None
    return parts, port


class _Settings:
    """Read one setting after the other, gathering the faults instead of stopping at the first."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self._environ.get(name, "").strip() or default

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        given = self.text(name, str(default))
        if given.isascii() and given.isdigit() and least <= int(given) <= most:
            return int(given)
        self._refuse(name, given, f"a whole number from {least} to {most}")
        return default

    def flag(self, name: str, *, default: bool) -> bool:
        given = self.text(name, "1" if default else "0")
        if given.lower() not in YES_AND_NO:
            self._refuse(name, given, "1 or 0")
        return YES_AND_NO.get(given.lower(), default)

    def log_level(self, name: str, default: LogLevel) -> LogLevel:
        given = self.text(name, default)
        if given.lower() in list(LogLevel):
            return LogLevel(given.lower())
        self._refuse(name, given, f"one of {', '.join(LogLevel)}")
        return default

    def networks(self, name: str) -> tuple[Network, ...]:
        given = self.text(name, "")
        try:
            return tuple(ip_network(one.strip()) for one in given.split(",") if one.strip())
        except ValueError:
            self._refuse(name, given, "networks such as 10.1.0.0/16,127.0.0.1/32")
            return ()

    def slack(self) -> SlackSettings | None:
        token = self._slack_token("SLACK_BOT_TOKEN", "xoxb-")
        app = self._slack_token("SLACK_APP_TOKEN", "xapp-")
        signing = self.text("SLACK_SIGNING_SECRET", "")
        api = self.web_address("SLACK_API_URL", SLACK_API)
        if token and not (signing or app):
            self.faults.append(
                "SLACK_BOT_TOKEN is set alone: set SLACK_SIGNING_SECRET too (Slack then sends requests to us), "
                "or SLACK_APP_TOKEN (we then open a socket to Slack)."
            )
        if not token and (signing or app):
            self.faults.append("SLACK_BOT_TOKEN is not set: set it to the bot token, xoxb-….")
        if not token:
            return None
        return SlackSettings(
            bot_token=token,
            signing_secret=signing or None,
            app_token=app or None,
            api_url=f"{api}/",
        )

    def _slack_token(self, name: str, begins: str) -> str:
        given = self.text(name, "")
        if given and not given.startswith(begins):
            self._refuse(name, None, f"the token of your Slack app that begins with {begins}")
        return given

    def folder(self, name: str) -> Path | None:
        given = self.text(name, "")
        path = Path(given).expanduser().absolute() if given else None
        if path and not path.is_dir():
            self._refuse(name, given, "a folder that is there, with one file for each secret")
        return path

    def mail(self) -> MailSettings | None:
        given = self.text("HANDRAIL_SMTP_URL", "")
        if not given:
            return None
        parts, port = _split(given)
        if parts is None or parts.scheme not in MAIL_SCHEMES or not parts.hostname:
            expected = "smtp://user:password@host:587 or smtps://…, or unset for no mail"
            self._refuse("HANDRAIL_SMTP_URL", None, expected)
            return None
        security, usual = MAIL_SCHEMES[parts.scheme]
        user = unquote(parts.username) if parts.username else None
        sender = self.text("HANDRAIL_MAIL_FROM", user or "")
        if not MAILBOX.fullmatch(sender):
            self._refuse("HANDRAIL_MAIL_FROM", sender, "the address that mail is from")
        return MailSettings(
            host=parts.hostname,
            port=port or usual,
            security=security,
            user=user,
            password=unquote(parts.password) if parts.password else None,
            sender=sender,
        )

    def web_address(self, name: str, default: str) -> str:
        given = self.text(name, default).rstrip("/")
        if not given:
            return given
        try:
            parts = urlsplit(given)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query
        except ValueError:
            usable = False
        if not usable:
            self._refuse(name, given, "an address such as https://handrail.example.org")
        return given

    def database(self, name: str, default: str) -> str:
        given = self.text(name, default)
        scheme, mark, rest = given.partition("://")
        if mark and scheme in DRIVERS:
            return f"{DRIVERS[scheme]}://{rest}"
        self._refuse(name, None, "postgresql://user:password@host/database, or unset for SQLite")
        return given

    def redis(self, name: str, default: str) -> str:
        given = self.text(name, default)
        if given.partition("://")[0] not in REDIS_SCHEMES:
            self._refuse(
                name, None, "redis://host:6379/0, or unset for the server of `handrail up`"
            )
        return given

    def secret(self, name: str, file: Path) -> str:
        given = self.text(name, "") or self._kept(file)
        if not given:
            self.faults.append(
                f"{name} is not set: run `handrail up` once, which makes and keeps one in {file}, "
                "or set it to 32 or more random characters."
            )
        elif len(given) < SECRET_LEAST:
            self._refuse(name, None, f"{SECRET_LEAST} or more random characters")
        return given

    def _kept(self, file: Path) -> str:
        try:
            return file.read_text().strip()
        except FileNotFoundError:
            return ""
        except OSError as error:
            self.faults.append(f"{file} cannot be read ({error.strerror}): give it to this user.")
            return ""

    def _refuse(self, name: str, given: str | None, expected: str) -> None:
        """Note a fault; `given` is None where it may hold a password."""
        what = "is not usable" if given is None else f"is {given!r}"
        self.faults.append(f"{name} {what}: set it to {expected}.")
