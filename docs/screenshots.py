"""Take the documentation's pictures from a running sample: `make docs`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.servers import chromium, free_port
from webapp.config import environment

IMAGES = Path(__file__).with_name("img")
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
LAST_LINE = "Ctrl-C stops everything."
ASKED = "order 8843"  # it can be read in two ways, which makes a picture worth looking at
ENOUGH = 6  # rows that make a queue worth a picture


@contextmanager
def sample() -> Iterator[dict[str, str]]:
    """Run Handrail with its sample agents in a fresh folder; give the first sign-in."""
    with tempfile.TemporaryDirectory(prefix="handrail-") as home:
        environ = environment() | {"HANDRAIL_HOME": home, "HANDRAIL_PORT": str(free_port())}
        command = [str(Path(sys.executable).with_name("handrail")), "up"]
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
            while LAST_LINE not in (process.stdout.readline() if process.stdout else LAST_LINE):
                pass
            yield json.loads((Path(home) / "first-run.json").read_text())
            process.send_signal(signal.SIGINT)


def signed_in(browser: Browser, first: dict[str, str], scheme: str, size: dict[str, int]) -> Page:
    """Open the queue as the first admin."""
    phone = size is PHONE
    context = browser.new_context(
        viewport=size, color_scheme=scheme, device_scale_factor=2 if phone else 1, is_mobile=phone
    )
    page = context.new_page()
    page.goto(first["url"])
    page.get_by_label("E-mail").fill(first["email"])
    page.get_by_label("Password").fill(first["password"])
    page.get_by_role("button", name="Sign in").click()
    page.locator("[data-row]").nth(ENOUGH).wait_for(timeout=60_000)
    return page


def shoot(page: Page, name: str) -> None:
    """Keep a picture of a page that is live; hiding the caret would need an inline style, so it is left alone."""
    page.locator("#live", has_text="Live").wait_for(state="attached")
    page.screenshot(path=str(IMAGES / f"{name}.png"), caret="initial")


def open_one(page: Page) -> None:
    """Open the same handoff in each picture, and wait for it."""
    page.locator("[data-row]", has_text=ASKED).click()
    page.get_by_role("heading", name=ASKED).wait_for()
    page.locator("#detail form").first.wait_for()


def main() -> None:
    """Take every picture."""
    IMAGES.mkdir(exist_ok=True)
    with sample() as first, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium()), args=FLAGS)
        for scheme in ("light", "dark"):
            page = signed_in(browser, first, scheme, DESKTOP)
            open_one(page)
            shoot(page, f"desk-{scheme}")
        page = signed_in(browser, first, "light", PHONE)
        shoot(page, "phone-queue")
        open_one(page)
        shoot(page, "phone-handoff")
        browser.close()


if __name__ == "__main__":
    main()
