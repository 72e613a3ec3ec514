"""Hold every answer of the API to its own description."""

import copy
import json
import re
from functools import cache

from jsonschema_rs import Draft202012Validator
from werkzeug.exceptions import HTTPException

from webapp.api.openapi import BASE, PROBLEM_TYPE, document
from webapp.http.problems import CODES


@cache
def closed_schemas():
    """Give the schemas with every object closed, so that an undocumented field is found."""
    schemas = copy.deepcopy(document()["components"]["schemas"])
    for schema in schemas.values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return schemas


@cache
def validator(text):
    schema = {**json.loads(text), "components": {"schemas": closed_schemas()}}
    return Draft202012Validator(schema, validate_formats=True)


def check(app, method, path, answer):
    """Fail where `answer` is not what the description promises for this call."""
    assert answer.headers["X-Request-Id"]
    call = described(app, method, path)
    if call is None or method in {"HEAD", "OPTIONS"}:
        check_undescribed(method, answer)
        return
    promised = call["responses"].get(str(answer.status_code))
    assert promised, f"{method} {path} does not document {answer.status_code}: {answer.text}"
    assert list(promised["content"]) == [answer.mimetype]
    check_headers(promised, answer)
    schema = promised["content"][answer.mimetype]["schema"]
    if answer.mimetype != "text/event-stream":
        validator(json.dumps(schema)).validate(answer.json)


def check_headers(promised, answer):
    optional = {"Retry-After"} if answer.status_code == 409 else set()
    assert set(promised["headers"]) - optional <= set(answer.headers.keys())


def check_undescribed(method, answer):
    """Hold what no call describes, such as 404 and 405, to the form of a problem."""
    if method == "OPTIONS" and answer.status_code == 200:
        return
    assert answer.mimetype in {PROBLEM_TYPE, "application/json", "text/event-stream"}
    if method != "HEAD" and answer.status_code >= 400:
        validator('{"$ref": "#/components/schemas/Problem"}').validate(answer.json)
        assert answer.json["code"] in CODES.values()


def described(app, method, path):
    """Find the description of a call by the route that takes it."""
    try:
        rule, _ = app.url_map.bind("x").match(path.partition("?")[0], method, return_rule=True)
    except HTTPException:
        return None
    template = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule).removeprefix(BASE)
    return document()["paths"].get(template, {}).get(method.lower())
