"""Fit a plane by gradient descent, say after each epoch how far off it is, and save it."""

import argparse
import json
from pathlib import Path

from hyperstep import tracking

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", type=Path, required=True, help="the rows that prepare.py wrote")
parser.add_argument("--epochs", type=int, default=50)
parser.add_argument("--rate", type=float, default=0.1, help="how far a step goes")
parser.add_argument("--decay", type=float, default=0.0, help="how strongly weights are drawn to zero")
args = parser.parse_args()

rows = json.loads(args.data.read_text())
to_fit, to_check = rows[:150], rows[150:]


def predicted(weights: list[float], x1: float, x2: float) -> float:
    """The height of the plane at a point."""
    return weights[0] * x1 + weights[1] * x2 + weights[2]


weights = [0.0, 0.0, 0.0]
for epoch in range(args.epochs):
    for x1, x2, y in to_fit:
        off = predicted(weights, x1, x2) - y
        weights[0] -= args.rate * (off * x1 + args.decay * weights[0])
        weights[1] -= args.rate * (off * x2 + args.decay * weights[1])
        weights[2] -= args.rate * off
    error = sum((predicted(weights, x1, x2) - y) ** 2 for x1, x2, y in to_check) / len(to_check)
    tracking.metric("error", error, step=epoch)

print(f"weights {weights}, mean squared error {error:.6f}")
Path("outputs").mkdir(exist_ok=True)
Path("outputs/model.json").write_text(json.dumps({"weights": weights, "error": error}))
