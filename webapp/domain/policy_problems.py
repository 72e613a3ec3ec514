"""What `policy check` can find, and the notes in which it collects its findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from webapp.domain.errors import PolicyProblem

MOST_PROBLEMS = 200


class Code(StrEnum):
    """Every problem and warning of a policy check; each is explained in docs/policy.md."""

    SYNTAX = "syntax"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    DUPLICATE_KEY = "duplicate_key"
    BAD_NUMBER = "bad_number"
    UNKNOWN_KEY = "unknown_key"
    UNSUPPORTED = "unsupported"
    WRONG_TYPE = "wrong_type"
    NOT_A_CHOICE = "not_a_choice"
    MISSING = "missing"
    OUT_OF_RANGE = "out_of_range"
    BAD_DURATION = "bad_duration"
    BAD_AMOUNT = "bad_amount"
    BAD_NAME = "bad_name"
    BAD_TIMEZONE = "bad_timezone"
    BAD_POINTER = "bad_pointer"
    BAD_TEMPLATE = "bad_template"
    BAD_SCHEMA = "bad_schema"
    BAD_EXPRESSION = "bad_expression"
    UNKNOWN_ARG = "unknown_arg"
    UNKNOWN_LEVEL = "unknown_level"
    UNKNOWN_TASK = "unknown_task"
    FIXED_LEVEL = "fixed_level"
    START_ABOVE_MAX = "start_above_max"
    TIERS_ORDER = "tiers_order"
    QUORUM_SHRINKS = "quorum_shrinks"
    RULE_LOWERS = "rule_lowers"
    RULE_EMPTY = "rule_empty"
    RULE_NEVER_FIRES = "rule_never_fires"
    PERMIT_NEVER_VALID = "permit_never_valid"
    DEADLINE_ORDER = "deadline_order"
    ASKED_ALREADY = "asked_already"
    BAD_RATE = "bad_rate"
    BAD_HOURS = "bad_hours"
    BAD_PLACE = "bad_place"
    BAD_ADDRESS = "bad_address"
    SECRET_WRITTEN = "secret_written"  # noqa: S105 — the name of a mistake
    STANDING_NEVER = "standing_never"
    STANDING_UNBOUNDED = "standing_unbounded"
    UNDO_UNFIT = "undo_unfit"

    # warnings
    ARG_OPTIONAL = "arg_optional"
    OTHER_CURRENCY = "other_currency"
    RISK_UNSAID = "risk_unsaid"
    ARGS_UNCHECKED = "args_unchecked"
    UNKNOWN_KEYWORD = "unknown_keyword"
    UNBOUNDED = "unbounded"
    RULE_WITHOUT_EFFECT = "rule_without_effect"
    RULE_SHADOWED = "rule_shadowed"
    BECAUSE_UNSAID = "because_unsaid"
    UNKNOWN_ACTION = "unknown_action"
    OWNER_UNSAID = "owner_unsaid"
    BUDGET_TOO_SMALL = "budget_too_small"
    NEVER_UNASKED = "never_unasked"
    NOTHING_TO_COMPARE = "nothing_to_compare"
    LIMITS_CONTRADICT = "limits_contradict"
    NOTHING_WATCHED = "nothing_watched"
    NO_WAY_BACK = "no_way_back"
    UNENCRYPTED = "unencrypted"
    IN_CHAT_NEVER = "in_chat_never"
    PREVIEW_NEVER = "preview_never"
    VERIFY_NEVER = "verify_never"
    VERIFY_BY_CLAIM = "verify_by_claim"
    UNDO_IRREVERSIBLE = "undo_irreversible"

    # warnings that look at people
    NOBODY_DECIDES = "nobody_decides"
    TEAM_EMPTY = "team_empty"
    TEAM_UNKNOWN = "team_unknown"
    TOO_FEW_PEOPLE = "too_few_people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the document something stands: line and column from 1, and the dotted path."""

    line: int
    column: int
    path: str = ""


@dataclass(frozen=True, slots=True)
class Notes:
    """The findings so far: problems refuse the document, warnings do not."""

    problems: list[PolicyProblem] = field(default_factory=list)
    warnings: list[PolicyProblem] = field(default_factory=list)

    def problem(self, place: Place, code: Code, message: str, hint: str | None = None) -> None:
        """Note something that refuses the document."""
        _add(self.problems, place, code, message, hint)

    def warn(self, place: Place, code: Code, message: str, hint: str | None = None) -> None:
        """Note something that a person should look at."""
        _add(self.warnings, place, code, message, hint)


def _add(
    notes: list[PolicyProblem], place: Place, code: Code, message: str, hint: str | None
) -> None:
    if len(notes) < MOST_PROBLEMS:
        notes.append(
            PolicyProblem(
                line=place.line,
                column=place.column,
                pointer=place.path,
                code=code.value,
                message=message,
                hint=hint,
            )
        )
