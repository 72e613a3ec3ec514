"""Templates keep to what the content security policy and htmx 4 allow."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [*sorted((ROOT / "templates").rglob("*.html")), ROOT / "static" / "app.js"]
FORBIDDEN = {
    "a style attribute": r"\sstyle=",
    "an inline script": r"<script(?![^>]*\ssrc=)",
    "an inline style sheet": r"<style",
    "an inline handler": r"\son[a-z]+=",
    "hx-on, which compiles text": r"\bhx-on\b",
    "a trigger filter, which compiles text": r'hx-trigger="[^"]*\[',
    "a js: value, which compiles text": r"=[\"']js:",
    "hx-pending, which sets an inline style": r"hx-pending",
    "htmx 2: hx-ext": r"\bhx-ext\b",
    "htmx 2: sse attributes": r"\bsse-(connect|swap|close)\b",
    "htmx 2: hx-disabled-elt": r"hx-disabled-elt",
    "htmx 2: hx-vars, hx-params, hx-inherit": r"\bhx-(vars|params|inherit)\b",
    "htmx 2: camel case events": r"htmx:[a-z]+[A-Z]",
    "unescaped text": r"\|\s*safe\b",
    "markup by script": r"(inner|outer)HTML\s*=|insertAdjacentHTML",
}


@pytest.mark.parametrize("why", FORBIDDEN)
def test_no_template_or_script_holds(why):
    found = [path.name for path in SOURCES if re.search(FORBIDDEN[why], path.read_text())]
    assert found == []


def test_colours_are_only_in_the_tokens():
    text = (ROOT / "static" / "app.css").read_text()
    start, end = text.index("@layer tokens"), text.index("@layer base")
    outside = text[text.index("@layer reset {") : start] + text[end:]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![-\w])|oklch\(|rgb\(|hsl\(", outside) == []


def test_every_form_that_changes_something_carries_the_token():
    forms = [
        form
        for path in (ROOT / "templates").rglob("*.html")
        for form in re.findall(r"<form.*?</form>", path.read_text(), re.DOTALL)
        if 'method="post"' in form
    ]
    assert len(forms) >= 8
    assert all("csrf" in form for form in forms)
