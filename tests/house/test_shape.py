"""The shape that keeps the program readable: bounds that a file stays within."""

import ast
import builtins
import re

from tests.house.sources import ROOT, Source, branches, depth, length, product, wherever

SILENCED = re.compile(r"#\s*(noqa|type:\s*ignore)")
UNFINISHED = re.compile(r"#.*\b(TODO|FIXME|XXX|HACK)\b")
EMPTY_WORDS = {"utils", "util", "helpers", "common", "core", "base", "manager", "managers", "misc"}
CLOCK = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "datetime.datetime.now"}
CHANCE = re.compile(r"(random|secrets|uuid)\.\w+|uuid[147]|os\.urandom")
# the job runner and the process loop must outlive whatever goes wrong in one round of theirs
CATCH_ALL = {"worker/main.py", "worker/jobs.py", "worker/relay.py"}
SDK_CLOCKS = {"sdk/src/handrail/world.py"}


def calls_but_in(*own: str):
    """Give a function that finds the calls of `names` in all files but `own`."""

    def find(source: Source, names) -> list[str]:
        return [] if source.name in own else [call for call in source.calls() if names(call)]

    return find


def test_each_file_says_in_its_first_line_what_it_is():
    assert wherever(lambda source: not ast.get_docstring(source.tree)) == {}


def test_each_file_is_short_enough_to_be_read_at_once():
    assert wherever(lambda source: max(0, len(source.text.splitlines()) - 400)) == {}


def test_functions_are_short_flat_and_have_few_branches():
    def outsized(source: Source) -> list[str]:
        return [
            one.name
            for one in source.functions()
            if length(one) > 50 or branches(one) > 10 or depth(one) > 3
        ]

    assert wherever(outsized) == {}


def test_imports_stand_on_top_and_hide_no_cycle():
    def hidden(source: Source) -> list[str]:
        within = (node for one in source.functions() for node in ast.walk(one))
        late = [ast.unparse(n) for n in within if isinstance(n, ast.Import | ast.ImportFrom)]
        return late + re.findall("TYPE_CHECKING", source.text)

    assert wherever(hidden) == {}


def test_nothing_is_left_unfinished():
    assert wherever(lambda source: UNFINISHED.findall(source.text)) == {}


def test_no_name_of_a_file_or_folder_is_empty_of_meaning():
    def empty(source: Source) -> set[str]:
        return EMPTY_WORDS & set(source.path.relative_to(ROOT).with_suffix("").parts)

    assert wherever(empty) == {}


def test_only_the_world_has_a_clock_and_chance():
    find = calls_but_in("webapp/world.py", *SDK_CLOCKS)
    found = wherever(lambda source: find(source, lambda c: c in CLOCK or CHANCE.fullmatch(c)))
    assert found == {}


def test_only_the_configuration_reads_the_environment():
    reads = wherever(lambda source: re.findall(r"os\.(?:environ|getenv)\b", source.text))
    assert list(reads) == ["webapp/config.py"]


def test_only_the_unit_of_work_commits_and_rolls_back():
    find = calls_but_in("webapp/work.py")
    assert wherever(lambda s: find(s, re.compile(r".*\.(commit|rollback)").fullmatch)) == {}


def test_only_the_process_loops_catch_everything():
    def broad(source: Source) -> list[int]:
        handlers = (n for n in ast.walk(source.tree) if isinstance(n, ast.ExceptHandler))
        kinds = {"None", "Exception", "BaseException"}
        caught = [h for h in handlers if ast.unparse(h.type or ast.Constant(None)) in kinds]
        return [h.lineno for h in caught if not isinstance(h.body[-1], ast.Raise)]

    assert wherever(broad).keys() <= CATCH_ALL


def test_no_function_changes_a_global_name():
    assert wherever(lambda s: [n for n in ast.walk(s.tree) if isinstance(n, ast.Global)]) == {}


def test_hardly_any_check_is_silenced():
    lines = [line for source in product() for line in source.text.splitlines()]
    silenced = [line for line in lines if SILENCED.search(line)]
    assert len(silenced) / len(lines) <= 0.0015, silenced


def test_the_errors_of_application_and_client_are_one_tree_each():
    def roots(source: Source) -> list[str]:
        classes = (node for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef))
        return [one.name for one in classes if one.bases and all(map(is_foreign, one.bases))]

    found = wherever(roots)
    assert found == {
        "sdk/src/handrail/errors.py": ["HandrailError"],
        "webapp/domain/errors.py": ["HandrailError"],
    }


def is_foreign(base: ast.expr) -> bool:
    """Say whether this is one of Python's own errors."""
    kind = getattr(builtins, ast.unparse(base), None)
    return isinstance(kind, type) and issubclass(kind, BaseException)
