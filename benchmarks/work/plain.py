"""The same trials as plain processes, two at a time: `plain.py DATA TRIALS`."""

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

data, trials = str(Path(sys.argv[1]).resolve()), int(sys.argv[2])
script = str(Path("scripts/train.py").resolve())
draw = random.Random(0)
alphas = [draw.uniform(0.05, 1.0) for _ in range(trials)]


def trial(number: int) -> str:
    folder = Path("trials", str(number))
    folder.mkdir(parents=True)
    command = [sys.executable, script, "--data", data, "--alpha", str(alphas[number])]
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


with ThreadPoolExecutor(2) as pool:
    print(max(pool.map(trial, range(trials))))
