"""The API's description in OpenAPI 3.1, made from the catalogue of its calls and their types."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from webapp.api.answers import Problem
from webapp.api.catalogue import OPERATIONS
from webapp.api.operations import JSON_TYPE, Answer, Body, Caller, Operation, Parameter
from webapp.domain import errors as e
from webapp.domain import run_errors
from webapp.http.problems import status_for

Models = list[tuple[type[BaseModel], Literal["validation"]]]
PROBLEM_TYPE = "application/problem+json"
BASE = "/api/v1"
SECURITY: Mapping[Caller, list[dict[str, list[str]]]] = {
    Caller.AGENT: [{"agent": []}],
    Caller.PERSON: [{"person": []}],
    Caller.EITHER: [{"agent": []}, {"person": []}],
    Caller.NOBODY: [],
}
HEADERS: Mapping[str, Mapping[str, Any]] = {
    "X-Request-Id": {"description": "names this request to the log", "schema": {"type": "string"}},
    "Location": {"description": "where to read it", "schema": {"type": "string"}},
    "Idempotent-Replayed": {"description": "asked before", "schema": {"const": "true"}},
    "Retry-After": {"description": "seconds to wait", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "what is wanted", "schema": {"type": "string"}},
}
MEANINGS = {
    400: "The request cannot be read.",
    401: "Nobody that we know.",
    403: "Known, but without the right.",
    404: "Nothing here that you may see.",
    409: "The world is not (any more) as the request assumes.",
    413: "Too large.",
    415: "Not declared as plain JSON.",
    422: "Readable, but some fields are not as they must be.",
    429: "Asked for more than there is room for; nothing was stored.",
    503: "The database is away, or as many wait here as may; nothing was changed.",
}
WITH_HEADER = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}
ABOUT = """An agent that is about to act hands off: policy routes the handoff to `auto`, `review` or
`block`, a person decides where a person must, and the answer goes back to the agent, which resumes
exactly where it stood. A refusal by policy or by a person is never an HTTP error: read `status` and
`resume.instruction`. Unknown fields are refused; answers may gain fields."""


@cache
def document() -> dict[str, Any]:
    """Give the whole description."""
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for one in OPERATIONS:
        paths[one.path][one.method] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Handrail", "version": "1", "description": ABOUT.replace("\n", " ")},
        "servers": [{"url": BASE}],
        "tags": [{"name": name} for name in dict.fromkeys(one.group for one in OPERATIONS)],
        "paths": dict(paths),
        "components": {
            "schemas": _schemas(),
            "headers": dict(HEADERS),
            "securitySchemes": {
                "agent": _scheme("An agent's key: `Authorization: Bearer hr_…`"),
                "person": _scheme("A person's token: `Authorization: Bearer hp_…`"),
            },
        },
    }


def error_classes() -> Iterator[type[e.HandrailError]]:
    """Walk the tree of errors as it is drawn, without its root."""
    queue = list(e.HandrailError.__subclasses__())
    while queue:
        kind = queue.pop(0)
        if kind.__module__ in {e.__name__, run_errors.__name__}:
            yield kind
            queue[:0] = kind.__subclasses__()


def _operation(one: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": one.id,
        "tags": [one.group],
        "summary": one.summary,
        "security": SECURITY[one.caller],
        "responses": _responses(one),
    }
    if one.says:
        described["description"] = one.says
    if one.parameters:
        described["parameters"] = [_parameter(parameter) for parameter in one.parameters]
    if one.body:
        described["requestBody"] = _body(one.body)
    return described


def _parameter(one: Parameter) -> dict[str, Any]:
    return {
        "name": one.name,
        "in": one.place.value,
        "description": one.says,
        "required": one.required,
        "schema": dict(one.schema),
    }


def _body(body: Body) -> dict[str, Any]:
    content = {"schema": _ref(body.model), "example": body.example}
    return {"required": body.required, "content": {JSON_TYPE: content}}


def _responses(one: Operation) -> dict[str, Any]:
    found = {str(answer.status): _answer(answer) for answer in one.answers}
    codes: dict[int, list[str]] = defaultdict(list)
    for kind in one.all_refusals:
        codes[status_for(kind)].append(kind.code)
    for status in sorted(codes):
        found[str(status)] = _refusal(status, codes[status])
    return found


def _answer(answer: Answer) -> dict[str, Any]:
    schemas = [_ref(model) for model in answer.models]
    schema: dict[str, Any] = {"anyOf": schemas}
    if len(schemas) <= 1:
        schema = dict(*schemas)
    if answer.media != JSON_TYPE:  # its parts are described, not the stream as a whole
        schema = {"type": "string", "contentSchema": schema}
    return {
        "description": answer.says,
        "headers": _headers("X-Request-Id", *answer.headers),
        "content": {answer.media: {"schema": schema}},
    }


def _refusal(status: int, codes: list[str]) -> dict[str, Any]:
    headers = ["X-Request-Id"]
    if status in WITH_HEADER:
        headers.append(WITH_HEADER[status])
    if run_errors.TooEarly.code in codes:
        headers.append("Retry-After")
    exact = {"properties": {"status": {"const": status}, "code": {"enum": codes}}}
    return {
        "description": MEANINGS[status],
        "headers": _headers(*headers),
        "content": {PROBLEM_TYPE: {"schema": {"allOf": [_ref(Problem), exact]}}},
    }


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _scheme(says: str) -> dict[str, str]:
    return {"type": "http", "scheme": "bearer", "description": says}


def _schemas() -> dict[str, Any]:
    used: list[type[BaseModel]] = [*_used(), Problem]
    models: Models = [(model, "validation") for model in dict.fromkeys(used)]
    _, schema = models_json_schema(models, ref_template="#/components/schemas/{model}")
    return {name: _plain(one) for name, one in schema["$defs"].items()}


def _used() -> Iterable[type[BaseModel]]:
    for one in OPERATIONS:
        if one.body:
            yield one.body.model
        for answer in one.answers:
            yield from answer.models


def _plain(schema: Any) -> Any:
    """Leave out the titles and null defaults that say nothing, at every depth."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _plain(value)
        for name, value in schema.items()
        if not (name == "title" and isinstance(value, str))
        and not (name == "default" and value is None)
    }
