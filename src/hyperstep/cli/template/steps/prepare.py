"""Make the data: points on a plane, moved up and down a little."""

import argparse
import json
import math
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--noise", type=float, default=0.1, help="how far points lie from the plane, at most")
parser.add_argument("--data", type=Path, required=True, help="where to write the rows")
args = parser.parse_args()

rows = []
for number in range(200):
    x1, x2 = number * 0.618034 % 1, number * 0.754878 % 1
    y = 3 * x1 - 2 * x2 + 0.5 + args.noise * math.sin(97 * number)
    rows.append([x1, x2, y])

args.data.write_text(json.dumps(rows))
print(f"{len(rows)} rows, {args.data.stat().st_size} bytes")
