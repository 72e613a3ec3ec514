"""Our own lines in Slack are drawn here as Slack draws them, and what stands in them stays text."""

import pytest

from webapp.browser.mrkdwn import mrkdwn
from webapp.gateways.slack_message import escape


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("policy 3", "policy 3"),
        ("*cannot be undone*", "<b>cannot be undone</b>"),
        ("`refunder` · policy 3", "<code>refunder</code><bdi> · policy 3</bdi>"),
        (":scissors: *Cut*", '<span aria-hidden="true">✂</span> <b>Cut</b>'),
        (
            "expires <!date^1772442000^{date_short_pretty} {time}|2026-03-02 09:00 UTC>",
            'expires <time datetime="2026-03-02T09:00:00+00:00">2026-03-02 09:00 UTC</time>',
        ),
        ("a &lt; b &amp;amp; c", "a &lt; b &amp;amp; c"),
        ("", ""),
    ],
)
def test_what_we_write_is_drawn(text, drawn):
    assert mrkdwn(text) == drawn


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<!channel> <@U0001> <https://evil.example|Approve>",
        "`<img src=x onerror=alert(1)>`",
        "*<b onclick=x>*",
        "<!date^1^{date}|<img src=x>>",
        escape("<script>alert(1)</script>"),
        "<!date^999999999999^{date}|never>",
    ],
)
def test_what_looks_like_markup_is_text(text):
    drawn = str(mrkdwn(text))
    for ours in ("<code>", "</code>", "<b>", "</b>", "</time>", "<bdi>", "</bdi>"):
        drawn = drawn.replace(ours, "")
    assert "<" not in drawn.replace('<time datetime="1970-01-01T00:00:01+00:00">', "")
