"""Run the real `up` with small parts in place of database, pages, worker and sample agents."""

import sys
from pathlib import Path

from webapp.config import CannotStart, environment
from webapp.first_run import FirstRun, Keep
from webapp.up import Parts, configure, run
from webapp.world import RealWorld

if environment().get("HANDRAIL_TEST_BROKEN") and "gunicorn" in sys.modules:
    raise RuntimeError("broken on purpose")


def application(_environ, start_response):
    """Answer every request as the web process would answer a healthy one."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"alive"]


def parts(home: Path, url: str) -> Parts:
    def fill(keep: Keep) -> None:
        if not (home / "filled").exists():
            first = {"agent": "sample", "key": "hr_1", "keys": {"sample": "hr_1"}}
            keep(FirstRun(url=url, email="admin@example.org", password="pw", **first))
            (home / "filled").touch()

    return Parts(
        migrate=lambda: None,
        fill=fill,
        samples={"sample": Path(__file__).with_name("idle.py")},
        world=RealWorld(),
        application="tests.fault.up_stub:application",
        worker="tests.fault.idle",
    )


def main() -> None:
    try:
        config = configure(environment(), RealWorld())
        sys.exit(run(config, parts(config.home, config.public_url)))
    except CannotStart as refusal:
        sys.exit(refusal.detail)


if __name__ == "__main__":
    main()
