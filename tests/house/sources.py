"""The program's files as syntax trees, and what the house asks of them."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("webapp", "worker", "sdk/src")
BRANCHES = (ast.If, ast.For, ast.While, ast.IfExp, ast.ExceptHandler, ast.match_case)
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file of the program."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    def functions(self) -> Iterator[Function]:
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node

    def calls(self) -> Iterator[str]:
        """Give the dotted name of everything that is called."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func)


def wherever(found: Callable[[Source], object]) -> dict[str, object]:
    """Give what `found` finds in each file of the program, for those where it finds something."""
    each = {source.name: found(source) for source in product()}
    return {name: what for name, what in each.items() if what}


@cache
def product() -> list[Source]:
    files = (file for folder in PRODUCT for file in (ROOT / folder).rglob("*.py"))
    return [Source(file) for file in sorted(files)]


def length(function: Function) -> int:
    """Count a function's lines that are neither empty, comment nor docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    if not body:
        return 1
    text = ast.unparse(body)
    return min((body[-1].end_lineno or 0) - body[0].lineno + 2, text.count("\n") + 2)


def branches(function: Function) -> int:
    """Count the ways through a function, its inner functions apart."""
    count = 1
    for node in own_nodes(function):
        count += isinstance(node, BRANCHES)
        count += len(node.values) - 1 if isinstance(node, ast.BoolOp) else 0
        count += 1 + len(node.ifs) if isinstance(node, ast.comprehension) else 0
    return count


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Function | ast.ClassDef):
            yield child
            yield from own_nodes(child)


def depth(node: ast.AST) -> int:
    """Say how deep blocks lie in each other; an `elif` is no deeper than its `if`."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        own = isinstance(child, BLOCKS) and not is_elif
        deepest = max(deepest, depth(child) + own)
    return deepest
