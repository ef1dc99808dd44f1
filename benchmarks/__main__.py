"""`python -m benchmarks [NAME …]` measures, prints tables, and writes JSON with --json FILE; --help lists the names."""

from __future__ import annotations

import argparse
import json
import os
from importlib import import_module
from pathlib import Path

from benchmarks.report import machine
from benchmarks.rounds import Figures

NAMES = ("start", "tutorial", "overhead", "flood")


LONG_ENOUGH = 0.5  # seconds: in less, the kernel's ticks are too coarse to tell ours from others'


def foreign(figure: Figures) -> list[float]:
    pairs = zip(figure.values.get("wall_s", ()), figure.values.get("foreign", ()), strict=True)
    return [busy for wall, busy in pairs if wall > LONG_ENOUGH]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which to run: {', '.join(NAMES)}; all if none is named")
    parser.add_argument("--rounds", type=int, default=5, help="how often each contestant runs (5)")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that everything works")
    parser.add_argument("--json", type=Path, help="where to write every figure")
    args = parser.parse_args()
    if unknown := set(args.names) - set(NAMES):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    os.environ.pop("HYPERSTEP_WORKSPACE", None)
    found: dict[str, object] = {"machine": machine()}
    for name in args.names or NAMES:
        module = import_module(f"benchmarks.{name}")
        text, figures = module.run(args.rounds, quick=args.quick)
        noise = max((busy for figure in figures.values() for busy in foreign(figure)), default=0.0)
        print(f"\n{module.__doc__}\n\n{text}\n\nelse on the machine: at most {noise:.2f} CPU s per s\n", flush=True)
        found[name] = [figure.summary() for figure in figures.values()]
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
