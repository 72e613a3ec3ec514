"""What an agent calls its args is spelled out where an edit is found wrong, too."""

import re

import pytest

from tests.browser.scene import stage
from tests.browser.test_sessions import enter

TURNED = "a\u202eb"


@pytest.fixture
def scene(sqlite_database, redis_url):
    with stage(sqlite_database, redis_url) as there:
        yield there


def words(page: str) -> str:
    """What a page says: without its tags, and so without what stands in their attributes."""
    return re.sub(r"<[^>]*>", "", page)


@pytest.mark.parametrize("call", ["diff", "edit"])
def test_a_name_that_hides_signs_is_spelled_out_in_what_is_wrong(scene, call):
    client = scene.app.test_client()
    enter(client)
    asked = scene.ask(action={"name": "other.tool", "args": {TURNED: 1}})
    form = client.get(f"/handoffs/{asked}/edit").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)[1]
    said = {f"/{TURNED}": "no number", "csrf_token": token, "verb": "preview"}
    answer = client.post(f"/handoffs/{asked}/{call}", data=said).get_data(as_text=True)
    told = words(answer)
    assert "\u202e" not in told
    assert "/aU+202Eb" in told
    assert "not right yet" in told
