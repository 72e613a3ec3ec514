"""The API's own description: valid, complete in both directions, and readable."""

import re

import pytest
from openapi_spec_validator import validate

from tests.api.callers import Caller
from webapp.api.catalogue import OPERATIONS
from webapp.api.documentation import codes
from webapp.api.openapi import BASE, document, error_classes
from webapp.domain.handoff import Status


def test_the_description_is_valid_openapi_3_1():
    validate(document())
    assert document()["openapi"].startswith("3.1")


def test_it_is_served_to_anybody(app):
    answer = Caller(app, None).get("/openapi.json")
    assert (answer.status_code, answer.json) == (200, document())


def test_every_route_is_described_and_every_description_has_a_route(app):
    routes = {
        (method.lower(), re.sub(r"<(\w+)>", r"{\1}", rule.rule).removeprefix(BASE))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(BASE)
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert routes == {(one.method, one.path) for one in OPERATIONS}


def test_every_parameter_of_a_path_is_described():
    for one in OPERATIONS:
        named = {parameter.name for parameter in one.parameters if parameter.place == "path"}
        assert named == set(re.findall(r"{(\w+)}", one.path)), one.id


def test_every_schema_is_used():
    schemas = document()["components"]["schemas"]
    used = set(re.findall(r"#/components/schemas/(\w+)", str(document())))
    assert used == set(schemas)


def test_every_field_of_a_body_is_closed_or_free_on_purpose():
    bodies = {one.body.model.__name__ for one in OPERATIONS if one.body}
    schemas = document()["components"]["schemas"]
    assert all(schemas[name]["additionalProperties"] is False for name in bodies)


def test_every_status_is_described():
    assert document()["components"]["schemas"]["Status"]["enum"] == list(Status)


def test_the_examples_work(agent, ann):
    examples = {one.id: one.body.example for one in OPERATIONS if one.body}
    submitted = agent.post("/handoffs", examples["submit"], key="a").json
    assert agent.post(f"/handoffs/{submitted['id']}/revisions", examples["revise"]).json
    handoff = agent.read(submitted)
    ann.decide(handoff)
    permit = agent.read(handoff)["permit"]["id"]
    assert agent.post(f"/permits/{permit}/redeem", examples["redeem"]).status_code == 200
    ended = agent.post(f"/handoffs/{handoff['id']}/outcome", examples["report"])
    assert ended.json["status"] == "succeeded"
    assert ann.post("/stops", examples["stop"]).status_code == 201


@pytest.fixture
def page(app):
    """The reference for people."""
    answer = app.test_client().get("/api/docs")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    return answer.text


def test_the_reference_explains_every_code_where_problems_point_to(page):
    anchors = set(re.findall(r'id="([^"]+)"', page))
    assert {kind.code for kind in error_classes()} <= anchors
    assert {one.word for one in codes()} <= anchors


def test_the_reference_names_every_call_and_type(page):
    for one in OPERATIONS:
        assert f'id="call-{one.id}"' in page
    for name in document()["components"]["schemas"]:
        assert f'id="type-{name}"' in page


def test_no_link_inside_of_the_reference_leads_nowhere(page):
    anchors = re.findall(r'id="([^"]+)"', page)
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= set(anchors)
    assert len(anchors) == len(set(anchors))


def test_the_reference_needs_neither_inline_script_nor_inline_style(page):
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", page)
