"""Check an action type's args schema where it stands in the policy, line by line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from jsonschema_rs import Draft202012Validator, ValidationError, Validator, validator_map_for

from webapp.domain.args_schema import LINEAR_PATTERNS, compiled, cut, refuse
from webapp.domain.json_text import JSON
from webapp.domain.nearest import did_you_mean
from webapp.domain.pointer import join, split
from webapp.domain.policy_problems import Code, Notes, Place
from webapp.domain.yaml_lines import Node

MOST_HINTED = 100  # to look through them costs time for each mistake
DRAFT = "https://json-schema.org/draft/2020-12/schema"

_ONE_INSIDE = {
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not",
    "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
}  # fmt: skip
_NAMED_INSIDE = {"$defs", "dependentSchemas", "patternProperties", "properties"}
_SOME_INSIDE = {"allOf", "anyOf", "oneOf", "prefixItems"}
_LEAVES = {
    "$anchor", "$comment", "$dynamicAnchor", "$dynamicRef", "$id", "$ref", "$schema", "$vocabulary",
    "const", "contentEncoding", "contentMediaType", "default", "dependentRequired", "deprecated",
    "description", "enum", "examples", "exclusiveMaximum", "exclusiveMinimum", "format",
    "maxContains", "maxItems", "maxLength", "maxProperties", "maximum", "minContains", "minItems",
    "minLength", "minProperties", "minimum", "multipleOf", "pattern", "readOnly", "required",
    "title", "type", "uniqueItems", "writeOnly",
}  # fmt: skip
_KEYWORDS = _ONE_INSIDE | _NAMED_INSIDE | _SOME_INSIDE | _LEAVES
# formats are left to check_part, which says more about a pattern than "not a regex"
_SCHEMA_OF_SCHEMAS = Draft202012Validator({"$ref": DRAFT}, retriever=refuse)

Path = tuple[str | int, ...]


class Membership(StrEnum):
    """What a schema says of one arg: whether it is there, may be, cannot be, or nobody knows."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    UNKNOWN = "unknown"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgsShape:
    """A checked args schema, which says what other parts of an action type may refer to."""

    schema: Mapping[str, JSON] | None = None
    _parts: Mapping[str, Validator] = field(default_factory=dict)
    _sure: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)

    def membership(self, pointer: str) -> Membership:
        """Say whether args have the place that `pointer` names."""
        holder: object = self.schema
        found = Membership.REQUIRED
        for name in split(pointer):
            if not _lists_its_members(holder) or not isinstance(holder, Mapping):
                return Membership.UNCHECKED
            if name not in holder["properties"]:
                return Membership.UNKNOWN
            if name not in holder.get("required", ()):
                found = Membership.OPTIONAL
            holder = holder["properties"][name]
        return found

    def members(self) -> tuple[str, ...]:
        """List the first args by name, as far as the schema does; they are for hints alone."""
        listed = self.schema.get("properties") if self.schema else None
        return tuple(listed)[:MOST_HINTED] if isinstance(listed, dict) else ()

    def surely(self, type_name: str) -> tuple[str, ...]:
        """List the pointers to args that can be of no other type than this one."""
        known = self._sure.get(type_name)
        if known is None:
            known = self._sure[type_name] = tuple(_surely(self.schema or {}, (), type_name))
        return known

    def may_be(self, pointer: str, value: JSON) -> bool:
        """Say whether the arg at `pointer` can have `value`; true where nobody knows."""
        tokens = [token for name in split(pointer) for token in ("properties", name)]
        part = self._parts.get(f"#{join(tokens)}")
        return part is None or part.is_valid(value)

    def listed(self, pointer: str) -> list[JSON] | None:
        """List every value that the arg at `pointer` can have; None where the schema does not."""
        part = self._part(pointer)
        listed = [part["const"]] if "const" in part else part.get("enum")
        if not isinstance(listed, list):
            return None
        return [value for value in listed if self.may_be(pointer, value)]

    def may_have_type(self, pointer: str, types: frozenset[str]) -> bool:
        """Say whether the arg at `pointer` can be of one of these types; true where nobody knows."""
        kind = self._part(pointer).get("type")
        if kind is None:
            listed = self.listed(pointer)
            return listed is None or any(_is_of(value, types) for value in listed)
        return not types.isdisjoint(kind if isinstance(kind, list) else [kind])

    def _part(self, pointer: str) -> Mapping[str, JSON]:
        """Give the schema of one arg, an empty one where it is not spelt out."""
        found: object = self.schema
        for name in split(pointer):
            found = found.get("properties", {}) if isinstance(found, Mapping) else {}
            found = found.get(name, {}) if isinstance(found, Mapping) else {}
        return found if isinstance(found, Mapping) else {}


def _surely(schema: object, where: Path, type_name: str) -> Iterator[str]:
    if not isinstance(schema, Mapping):
        return
    if where and schema.get("type") == type_name:
        yield join(where)
    named = schema.get("properties")
    for name, inner in named.items() if isinstance(named, Mapping) else ():
        yield from _surely(inner, (*where, name), type_name)


def _is_of(value: JSON, types: Collection[str]) -> bool:
    """Say whether a value is text or a number, where that is asked for."""
    if isinstance(value, str):
        return "string" in types
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and "number" in types


def _lists_its_members(schema: object) -> bool:
    """Say whether `schema` names all the members of an object, so that others are mistakes."""
    if not isinstance(schema, Mapping) or not isinstance(schema.get("properties"), Mapping):
        return False
    elsewhere = {"$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "patternProperties"}
    return not elsewhere & schema.keys() and schema.get("additionalProperties", False) is False


def check_args(node: Node, path: str, notes: Notes) -> ArgsShape:
    """Check the schema that stands at `node`; an empty shape where it has problems."""
    schema = node.plain()
    if not isinstance(schema, dict):
        message = "args must be a JSON Schema, which is a mapping."
        notes.problem(replace(node.place, path=path), Code.WRONG_TYPE, message)
        return ArgsShape()
    before = len(notes.problems)
    checker = _Checker(root=node, path=path, notes=notes)
    checker.check_form(schema)
    for where, part in _subschemas(schema, ()):
        checker.check_part(where, part)
    if len(notes.problems) == before:
        checker.check_whole(schema)
    if len(notes.problems) > before:
        return ArgsShape()
    return ArgsShape(schema=schema, _parts=_compiled_parts(schema))


def _compiled_parts(schema: dict[str, JSON]) -> dict[str, Validator]:
    parts = validator_map_for(schema, retriever=refuse, pattern_options=LINEAR_PATTERNS)
    return {pointer: parts[pointer] for pointer in list(parts.keys())}


def _subschemas(schema: JSON, where: Path) -> Iterator[tuple[Path, dict[str, JSON]]]:
    """Give `schema` and every schema inside of it, each with its path."""
    if not isinstance(schema, dict):
        return
    yield where, schema
    for keyword, value in schema.items():
        for step, inner in _inside(keyword, value):
            yield from _subschemas(inner, (*where, keyword, *step))


def _inside(keyword: str, value: JSON) -> Iterator[tuple[Path, JSON]]:
    if keyword in _ONE_INSIDE:
        yield (), value
    elif keyword in _NAMED_INSIDE and isinstance(value, dict):
        yield from (((name,), inner) for name, inner in value.items())
    elif keyword in _SOME_INSIDE and isinstance(value, list):
        yield from (((index,), inner) for index, inner in enumerate(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checker:
    """Note what is wrong with one schema at the lines where it is."""

    root: Node
    path: str
    notes: Notes

    def check_form(self, schema: dict[str, JSON]) -> None:
        """Hold the schema against the schema of all schemas."""
        seen: set[tuple[Path, str]] = set()
        for error in _SCHEMA_OF_SCHEMAS.iter_errors(schema):
            where = tuple(error.instance_path)
            if (where, error.message) not in seen:
                seen.add((where, error.message))
                self.problem(where, _sentence(error))

    def check_part(self, where: Path, part: dict[str, JSON]) -> None:
        """Look at the keywords of one schema that its form alone does not settle."""
        for keyword in [keyword for keyword in part if keyword not in _KEYWORDS]:
            hint = did_you_mean(keyword, _KEYWORDS) or "no check is made for it"
            message = f"{cut(keyword)} is no keyword of JSON Schema 2020-12."
            self.notes.warn(self._key_place((*where, keyword)), Code.UNKNOWN_KEYWORD, message, hint)
        if part.get("$schema", DRAFT) != DRAFT:
            self.problem((*where, "$schema"), "Only JSON Schema 2020-12 is read.", DRAFT)
        if "$id" in part:
            self.problem((*where, "$id"), "$id is not allowed; the schema stands for itself.")
        for keyword in ("$ref", "$dynamicRef"):
            target = part.get(keyword)
            if isinstance(target, str) and not target.startswith("#"):
                message = f"{cut(target)} is outside of this schema, and nothing is fetched."
                self.problem((*where, keyword), message, 'refer to "#/$defs/…"')
        self._check_patterns(where, part)

    def _check_patterns(self, where: Path, part: dict[str, JSON]) -> None:
        for keyword in ("pattern", "format"):
            if isinstance(part.get(keyword), str) and not _compiles({keyword: part[keyword]}):
                hint = PATTERN_HINT if keyword == "pattern" else None
                message = f"{cut(str(part[keyword]))} is no {keyword} that can be checked."
                self.problem((*where, keyword), message, hint)
        named = part.get("patternProperties")
        for pattern in named if isinstance(named, dict) else ():
            if not _compiles({"patternProperties": {pattern: True}}):
                message = f"{cut(pattern)} is no pattern that can be checked."
                self.problem((*where, "patternProperties", pattern), message, PATTERN_HINT)

    def check_whole(self, schema: dict[str, JSON]) -> None:
        """Find what only the whole can show, once its parts are right."""
        if schema.get("type", "object") != "object":
            self.problem(("type",), "args are always an object.", "type: object")
        try:
            compiled(schema)
        except ValidationError as error:
            self.problem(tuple(error.instance_path), _sentence(error))

    def problem(self, where: Path, message: str, hint: str | None = None) -> None:
        """Note a problem at the value that `where` leads to."""
        self.notes.problem(self._place(where), Code.BAD_SCHEMA, message, hint)

    def _place(self, where: Path) -> Place:
        return replace(_follow(self.root, where).place, path=self._under(where))

    def _key_place(self, where: Path) -> Place:
        holder = _follow(self.root, where[:-1])
        return replace(holder.keys.get(str(where[-1]), holder.place), path=self._under(where))

    def _under(self, where: Path) -> str:
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in where)
        return self.path + "".join(steps)


PATTERN_HINT = "patterns run in linear time: without look-around and back-references"


def _follow(node: Node, where: Path) -> Node:
    """Go down as far as the document has the path."""
    for step in where:
        value = node.value
        if isinstance(value, dict) and str(step) in value:
            node = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            node = value[step]
        else:
            break
    return node


def _sentence(error: ValidationError) -> str:
    if error.kind.name == "anyOf" and error.instance_path[-1:] == ["type"]:
        return "A type is one of string, number, integer, boolean, object, array, null."
    return cut(f"{error.message}.")


def _compiles(schema: Mapping[str, JSON]) -> bool:
    try:
        compiled(schema)
    except ValidationError:
        return False
    return True
