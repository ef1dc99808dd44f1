"""The example's scripts as plain processes, its four trials two at a time. Run from the example's folder."""

import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

scripts = Path("src/steps").resolve()
data = ["--data_X", str(Path("data_X").resolve()), "--data_y", str(Path("data_y").resolve())]


def python(script: str, *arguments: str, folder: Path = Path()) -> str:
    command = [sys.executable, str(scripts / script), *arguments]
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def trial(alpha: float) -> tuple[float, Path]:
    folder = Path("trials", str(alpha))
    folder.mkdir(parents=True)
    said = python("02_train.py", *data, "--alpha", str(alpha), folder=folder)
    return float(re.search(r"r2\W+([-\d.e]+)", said)[1]), folder


python("01_prep_data.py", "--test_size", "0.2", *data)
with ThreadPoolExecutor(2) as pool:
    score, folder = max(pool.map(trial, (0.1749, 0.11, 0.7268, 0.94428)))
shutil.copy(folder / "outputs" / "mymodel", "best")
python("03_reg_model.py", "--saved_model", "best")
print(f"best: {folder}, r2 {score}")
