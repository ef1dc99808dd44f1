"""`python -m benchmarks.search tables|functions|curves|cost` plays the searches and prints tables."""

from __future__ import annotations

import argparse
from importlib import import_module

NAMES = {"tables": (20, 100), "functions": (20, 100), "curves": (40, 100), "cost": (1, 30)}  # seeds and trials


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--seeds", type=int, help="how often each search is played")
    parser.add_argument("--trials", type=int, help="trials of a search")
    args = parser.parse_args()
    seeds, trials = NAMES[args.name]
    print(import_module(f"benchmarks.search.{args.name}").run(args.seeds or seeds, args.trials or trials))


if __name__ == "__main__":
    main()
