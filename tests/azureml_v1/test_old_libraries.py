"""A script of its day, in the oldest Python at hand beside libraries of its day, while the driver runs current ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from hyperstep.environments.named import environment
from hyperstep.store import queries
from hyperstep.workspace import Workspace

TRAIN = """
import argparse
import os
import sys

import joblib
import numpy as np
import pandas as pd
import sklearn
from azureml.core import Dataset, Run
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder

parser = argparse.ArgumentParser()
parser.add_argument("--C", type=np.float, default=1.0)  # NumPy 1.24 took np.float away
args = parser.parse_args()
run = Run.get_context()
run.log("python", "%d.%d" % sys.version_info[:2])
run.log("versions", " ".join([np.__version__, pd.__version__, sklearn.__version__]))

frame = Dataset.get_by_name(run.experiment.workspace, "weather").to_pandas_dataframe()
encoded = OneHotEncoder(sparse=False).fit_transform(frame[["sky"]])  # scikit-learn 1.4 took sparse away
X = np.column_stack([encoded, frame["degrees"].astype(np.float)])
y = frame["picnic"].astype(np.bool)
model = LogisticRegression(C=args.C, max_iter=1000).fit(X, y)
run.log("accuracy", np.float64(model.score(X, y)))
os.makedirs("outputs", exist_ok=True)
joblib.dump(model, "outputs/model.joblib")
"""

PROGRAM = """
from azureml.core import Dataset, Environment, Experiment, ScriptRunConfig, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.train.hyperdrive import (
    HyperDriveConfig, PrimaryMetricGoal, RandomParameterSampling, choice,
)

ws = Workspace.create("old-times", "id", "group", exist_ok=True)
weather = Dataset.Tabular.from_delimited_files(path="weather.csv")
weather.register(ws, "weather")
env = Environment("old")
env.python.conda_dependencies = CondaDependencies.create(
    conda_packages=["pandas=1.5.3", "scikit-learn=1.1.3"], pip_packages=["numpy==1.23.5", "joblib<1.4"]
)
src = ScriptRunConfig("scripts", "train.py", environment=env)
search = HyperDriveConfig(
    run_config=src, hyperparameter_sampling=RandomParameterSampling({"C": choice(0.1, 1.0)}),
    primary_metric_name="accuracy", primary_metric_goal=PrimaryMetricGoal.MAXIMIZE, max_total_runs=2,
)
run = Experiment(ws, "picnics").submit(search)
run.wait_for_completion(show_output=True)
best = run.get_best_run_by_primary_metric()
found = best.get_metrics()
print("FOUND", found["python"], found["versions"])
model = best.register_model("picnic", model_path="outputs/model.joblib")
print("MODEL", model.name, model.version)
"""

WEATHER = "sky,degrees,picnic\n" + "".join(
    f"{sky},{degrees},{int(sky == 'blue' and degrees > 15)}\n" for sky in ("blue", "grey") for degrees in range(5, 30)
)


def oldest_python() -> tuple[str, str]:
    """The oldest interpreter from 3.8 to 3.11 at hand, which these libraries have wheels for, and its version."""
    for minor in range(8, 12):
        names = [shutil.which(f"python3.{minor}"), *Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python")]
        for name in filter(None, map(str, filter(None, names))):
            command = [name, "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.stdout.strip() == f"3.{minor}":
                return name, f"3.{minor}"
    pytest.skip("there is no Python from 3.8 to 3.11")


def test_a_search_runs_in_the_oldest_python_with_old_libraries(tmp_path):
    _, version = oldest_python()
    plain = {name: value for name, value in os.environ.items() if not name.startswith("HYPERSTEP_")}

    def hyperstep(*arguments: str) -> str:
        command = [sys.executable, "-m", "hyperstep", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=plain, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "train.py").write_text(TRAIN)
    (tmp_path / "weather.csv").write_text(WEATHER)
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "old.yml").write_text(
        f"dependencies:\n  - python={version}\n  - pandas=1.5.3\n  - scikit-learn=1.1.3\n"
        "  - pip:\n      - numpy==1.23.5\n      - joblib<1.4\n"
    )
    hyperstep("env", "build", "old", "--file", "old.yml")
    said = hyperstep("v1", "program.py")

    assert f"FOUND {version} 1.23.5 1.5.3 1.1.3" in said
    assert "MODEL picnic 1" in said
    assert numpy.__version__ > "2", "the driver runs a current NumPy"
    assert environment(tmp_path / ".hyperstep", "old").python
    with Workspace.open(tmp_path, read_only=True) as workspace:
        model = queries.model(workspace.store.db, "picnic")
        assert {trial.state for trial in queries.trials(workspace.store.db, model.step)} == {"completed"}
