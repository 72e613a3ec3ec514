"""The common limits of a draft as forms: one for each action type and agent, folded until somebody opens it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from webapp.browser.limit_words import NEW, SECTIONS, Control, Said
from webapp.domain.errors import PolicyProblem, SubmissionInvalid
from webapp.domain.json_text import JSON
from webapp.domain.limit_fields import ACTIONS, AGENTS, FIELDS, LimitField, Path, shown
from webapp.domain.pointer import escape, join, look_up
from webapp.domain.policy_document import Report
from webapp.domain.yaml_edit import read

MOST_SAID = 6
MOST_SUGGESTED = 60
# the args that a form suggests where there are ones of that name; nothing of it is written without a limit beside it
USUAL_ARGS: Mapping[Path, tuple[str, ...]] = {
    ("envelope", "amount", "arg"): ("amount",),
    ("envelope", "amount", "currency"): ("currency",),
    ("envelope", "counterparty", "arg"): ("counterparty",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One limit as a page shows it; `found` is what the check says of it."""

    pointer: str
    id: str
    said: Said
    text: str
    options: tuple[tuple[str, str], ...] = ()
    found: tuple[PolicyProblem, ...] = ()
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fieldset:
    """Limits that belong together."""

    legend: str
    help: str
    inputs: tuple[Input, ...]
    found: tuple[PolicyProblem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """The limits of one action type or agent; without fieldsets as long as it is closed."""

    pointer: str
    id: str
    name: str
    what: str
    limits: tuple[str, ...]
    args: tuple[str, ...] = ()
    fieldsets: tuple[Fieldset, ...] = ()
    problems: int = 0


KINDS = {ACTIONS: "action", AGENTS: "agent"}
_BY_PATH = {section: {"/".join(f.path): f for f in listed} for section, listed in FIELDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a page knows of its forms: which are open, what was typed into them, and what the check found."""

    opened: Collection[str] = ()
    typed: Mapping[str, str] = field(default_factory=dict)
    report: Report = field(default_factory=lambda: Report(problems=(), warnings=()))


def folds(text: str, asked: Asked) -> tuple[Fold, ...]:
    """Give the forms of a document, none as long as it cannot be read."""
    try:
        document = read(text)
    except SubmissionInvalid:
        return ()
    return tuple(_folds(document, asked))


def _folds(document: Mapping[str, JSON], asked: Asked) -> Iterator[Fold]:
    for section in SECTIONS:
        holders = document.get(section)
        for number, (name, holder) in enumerate(
            holders.items() if isinstance(holders, dict) else ()
        ):
            if isinstance(holder, dict):
                yield _fold((section, name), number, holder, asked)


def _fold(at: tuple[str, str], number: int, holder: Mapping[str, JSON], asked: Asked) -> Fold:
    section, name = at
    pointer = join(at)
    title = holder.get("title")
    is_open = pointer in asked.opened or any(one.startswith(f"{pointer}/") for one in asked.typed)
    groups = (group for _, group, _, _ in SECTIONS[section])
    wanted = {f"{'.'.join(at)}.{path.replace('/', '.')}" for path in (*_BY_PATH[section], *groups)}
    inputs = _Inputs(at=at, prefix=f"{KINDS[section]}-{number}", holder=holder, asked=asked)
    return Fold(
        pointer=pointer,
        id=f"limits-{KINDS[section]}-{number}",
        name=name,
        what=title if isinstance(title, str) else KINDS[section].capitalize(),
        limits=tuple(_limits(section, holder)),
        args=_args(holder) if is_open else (),
        fieldsets=inputs.fieldsets() if is_open else (),
        problems=sum(one.pointer in wanted for one in asked.report.problems),
    )


def _limits(section: str, holder: Mapping[str, JSON]) -> list[str]:
    """Say in a few words which limits there are."""
    found: list[str] = []
    for _, _, _, inputs in SECTIONS[section]:
        for path, said in inputs.items():
            one = _BY_PATH[section][path]
            text = shown(look_up(holder, join(one.path)), one.kind)
            if text and said.short:
                found.append(said.short.format(text.replace("\n", ", ")))
    more = len(found) - MOST_SAID
    return [*found[:MOST_SAID], *([f"{more} more"] if more > 0 else [])]


def _args(holder: Mapping[str, JSON]) -> tuple[str, ...]:
    """List the args that the schema names, as pointers."""
    names = look_up(holder, "/args/properties")
    return (
        tuple(f"/{escape(name)}" for name in names)[:MOST_SUGGESTED]
        if isinstance(names, dict)
        else ()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inputs:
    """The inputs of one form being made."""

    at: tuple[str, str]
    prefix: str
    holder: Mapping[str, JSON]
    asked: Asked

    def fieldsets(self) -> tuple[Fieldset, ...]:
        """Give all limits in their groups."""
        return tuple(
            Fieldset(
                legend=legend,
                help=words,
                inputs=tuple(self._input(path, said) for path, said in inputs.items()),
                found=self._found(self._problems, tuple(group.split("/"))),
            )
            for legend, group, words, inputs in SECTIONS[self.at[0]]
        )

    def _input(self, path: str, said: Said) -> Input:
        one = _BY_PATH[self.at[0]][path]
        pointer = join((*self.at, *one.path))
        text = self.asked.typed.get(pointer, self._text(one))
        problems = self._found(self._problems, one.path)
        return Input(
            pointer=pointer,
            id=f"{self.prefix}-{'-'.join(one.path)}",
            said=said,
            text=text,
            options=_options(text) if said.control is Control.CHOICE else (),
            found=(*problems, *self._found(self.asked.report.warnings, one.path)),
            refused=bool(problems),
        )

    def _text(self, one: LimitField) -> str:
        text = shown(look_up(self.holder, join(one.path)), one.kind)
        args = _args(self.holder)
        usual = [f"/{name}" for name in USUAL_ARGS.get(one.path, ()) if f"/{name}" in args]
        return text or "".join(usual)

    @property
    def _problems(self) -> Sequence[PolicyProblem]:
        return self.asked.report.problems

    def _found(self, findings: Sequence[PolicyProblem], path: Path) -> tuple[PolicyProblem, ...]:
        place = ".".join((*self.at, *path))
        return tuple(one for one in findings if one.pointer == place)


def _options(text: str) -> tuple[tuple[str, str], ...]:
    """Give the choices, with what stands in the document where it is none of them."""
    known = dict(NEW)
    return NEW if text in known else (*NEW, (text, text))


def posted(form: Mapping[str, str]) -> dict[str, str]:
    """Give the limits among what a form sent."""
    return {
        name: text
        for name, text in form.items()
        if name.startswith((f"/{ACTIONS}/", f"/{AGENTS}/"))
    }


def opened_by(limits: Mapping[str, str]) -> list[str]:
    """Name the forms whose fields were sent."""
    return list(dict.fromkeys("/".join(name.split("/")[:3]) for name in limits))
