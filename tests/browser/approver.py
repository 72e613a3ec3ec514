"""A person at a browser: what they do and see, in their own words."""

from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from tests.browser.scene import PASSWORD

ARMING_MS = 700
# runs before every page: what the content security policy refuses is collected
WATCH = """
window.refused = [];
document.addEventListener('securitypolicyviolation', (event) => {
  window.refused.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""
EXPECTED = ("status of 401", "status of 403", "status of 404", "status of 409", "status of 422")


class Approver:
    """One person with one window."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.add_init_script(WATCH)

    def _hear(self, message) -> None:
        if message.type in {"error", "warning"} and not any(e in message.text for e in EXPECTED):
            self.complaints.append(message.text)

    def check(self) -> None:
        """Fail on anything that the console or the security policy complained about."""
        assert self.complaints == []
        assert self.page.evaluate("window.refused ?? []") == []

    # ---- what they do

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def sign_in(self, email: str = "ana@example.org", password: str = PASSWORD) -> "Approver":
        self.go("/sign-in")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        return self

    def take_a_look(self) -> None:
        """Look at what is in front for as long as a decision needs to be armed."""
        self.page.wait_for_timeout(ARMING_MS + 100)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def click(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def open(self, says: str) -> None:
        self.page.locator("[data-row]", has_text=says).click()
        self.sees_in_front(says)

    # ---- what they see

    @property
    def waiting(self):
        return self.page.locator("[data-row]")

    @property
    def pane(self):
        return self.page.locator("#detail")

    def counts(self, number: int) -> None:
        expect(self.waiting).to_have_count(number)

    def sees_in_front(self, text: str) -> None:
        expect(self.page.locator(".headline")).to_contain_text(text)

    def sees(self, text: str) -> None:
        expect(self.page.locator("body")).to_contain_text(text)

    def sees_in_pane(self, text: str) -> None:
        expect(self.pane).to_contain_text(text)

    def is_told(self, text: str) -> None:
        expect(self.page.locator("#toast")).to_contain_text(text)

    def is_live(self, within: float = 8000) -> None:
        expect(self.page.locator("#live")).to_have_text("Live", timeout=within)


@contextmanager
def at_the_desk(browser: Browser, url: str, **settings):
    """Give a person a window of their own; afterwards nothing may have gone wrong in it."""
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **settings})
    context.set_default_timeout(8000)
    person = Approver(context.new_page(), url)
    try:
        yield person
        person.check()
    finally:
        context.close()
