"""What a command line and an import cost."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.report import Column, table
from benchmarks.rounds import Contestant, Figures, race
from hyperstep.azureml_v1.hook import ENTRY

HYPERSTEP = str(Path(sys.executable).with_name("hyperstep"))
PER_ROUND = 5  # these take milliseconds, so each round has several

COLUMNS = (Column("wall_s", "wall, ms", factor=1000), Column("peak_mb", "memory, MB"))

# What a program that tunes something imports from Azure's SDK v1, and what its training script begins with.
V1 = "from hyperstep.azureml_v1 import enable; enable(); "
V1_PROGRAM = f"""{V1}
from azureml.core import Dataset, Datastore, Environment, Experiment, Model, Run, ScriptRunConfig, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.compute_target import ComputeTargetException
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.model import InferenceConfig
from azureml.core.runconfig import RunConfiguration
from azureml.core.webservice import AciWebservice, Webservice
from azureml.data import OutputFileDatasetConfig
from azureml.pipeline.core import Pipeline, PipelineData, PipelineEndpoint, PipelineParameter, TrainingOutput
from azureml.pipeline.steps import HyperDriveStep, PythonScriptStep
from azureml.train.hyperdrive import *
from azureml.widgets import RunDetails
"""
# A job's interpreter finds the layer on its path, and its run in variables, which are set here before anything else.
V1_JOB = {
    "HYPERSTEP_WIRE": ".hyperstep/runs/1/train.0/wire.jsonl",
    "HYPERSTEP_JOB": "1/train.0",
    "AZUREML_RUN_ID": "1_0",
}
V1_SCRIPT = f"""
import os, sys
os.environ.update({V1_JOB!r})
sys.path.insert(0, {ENTRY!r})
from azureml.core import Run
Run.get_context()
"""

COMMANDS = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "import hyperstep.tracking": (sys.executable, "-c", "import hyperstep.tracking"),
    "import hyperstep": (sys.executable, "-c", "import hyperstep"),
    "from hyperstep import Pipeline": (sys.executable, "-c", "from hyperstep import Pipeline"),
    "hyperstep --help": (HYPERSTEP, "--help"),
    "the imports of a v1 program": (sys.executable, "-c", V1_PROGRAM),
    "Run.get_context() in a v1 job": (sys.executable, "-c", V1_SCRIPT),
}


def run(rounds: int, *, quick: bool) -> tuple[str, dict[str, Figures]]:
    contestants = [Contestant(name=name, command=command) for name, command in COMMANDS.items()]
    measured = race(contestants, 2 if quick else rounds * PER_ROUND)
    return table(measured, COLUMNS, against="python -c pass", ratio_of="wall_s"), measured
