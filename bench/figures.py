"""What was measured, beside what was wanted."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.servers import ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. `holds` is None for what is told for comparison only."""

    what: str
    measured: str
    beside: str = ""
    wanted: str = ""
    holds: bool | None = None


def generate(**job: Any) -> dict[str, Any]:
    """Run a job in the load generator's own process and give what it saw."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.generator"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=900,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def middle(values: Iterable[float]) -> float:
    """Give the median of what the rounds gave."""
    return float(median(values))
