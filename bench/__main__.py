"""`make bench`: measure everything, print the table, write docs/performance.md."""

from __future__ import annotations

import argparse
import resource
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import (
    measure_api,
    measure_crowd,
    measure_embedded,
    measure_queue,
    measure_routing,
    measure_simulate,
    measure_worker,
    report,
)
from bench.figures import Figure
from bench.plan import FULL, QUICK, Plan
from bench.servers import ROOT, Bench

PARTS: Mapping[str, Callable[[Bench, Plan], list[Figure]]] = {
    "api": measure_api.measure,
    "crowd": measure_crowd.measure,
    "queue": measure_queue.measure,
    "routing": measure_routing.measure,
    "embedded": measure_embedded.measure,
    "simulate": measure_simulate.measure,
    "worker": measure_worker.measure,
}


def main() -> None:
    """Measure what the command line asks for."""
    asked = arguments()
    plan = QUICK if asked.quick else FULL
    plan = replace(plan, rounds=asked.rounds or plan.rounds)
    whole = not asked.quick and not asked.only
    out = asked.out or (ROOT / "docs" / "performance.md" if whole else None)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    figures: list[Figure] = []
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="handrail-bench-", dir="/tmp"))
        bench = Bench(stack, Path(folder))
        for name in asked.only or PARTS:
            print(f"{name} …", flush=True)
            figures += PARTS[name](bench, plan)
    report.write(figures, plan, out)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="only see that it works: a minute")
    parser.add_argument("--rounds", type=int, help="rounds of each side; 3 unless said")
    parser.add_argument("--only", action="append", choices=PARTS, help="one part; may be repeated")
    parser.add_argument(
        "--out", type=Path, help="the file to write; docs/performance.md for a whole run"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
