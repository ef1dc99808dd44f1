"""Print so many MiB in lines of 100 bytes, and write into outputs/took how many seconds that took."""

import sys
import time
from pathlib import Path

line = "x" * 99 + "\n"
began = time.perf_counter()
for _ in range(int(sys.argv[1]) * 2**20 // len(line)):
    sys.stdout.write(line)
sys.stdout.flush()
took = time.perf_counter() - began
Path("outputs").mkdir(exist_ok=True)
Path("outputs/took").write_text(str(took))
