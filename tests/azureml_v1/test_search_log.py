"""The log of a search says what was drawn, cut and taken, in the form of HyperDrive's."""

from __future__ import annotations

import re

from hyperstep.azureml_v1.experiment import Experiment
from hyperstep.azureml_v1.expressions import choice
from hyperstep.azureml_v1.hyperdrive import HyperDriveConfig, PrimaryMetricGoal
from hyperstep.azureml_v1.policies import BanditPolicy
from hyperstep.azureml_v1.samplings import GridParameterSampling
from hyperstep.azureml_v1.script_run import ScriptRunConfig

TRAIN = """
import sys, time
from azureml.core import Run
hopeless = sys.argv[2] == "1"
Run.get_context().log("m", 0.1 if hopeless else 1.0)
if hopeless:
    time.sleep(60)
"""


def test_the_log_tells_what_a_policy_cut_and_that_a_space_ran_out(local, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").write_text(TRAIN)
    config = HyperDriveConfig(
        GridParameterSampling({"--case": choice(0, 1)}),
        "m",
        PrimaryMetricGoal.MAXIMIZE,
        max_total_runs=3,
        max_concurrent_runs=1,
        policy=BanditPolicy(slack_factor=0.1),
        run_config=ScriptRunConfig(str(tmp_path / "src"), "train.py"),
    )
    search = Experiment(local, "searches").submit(config)
    search.wait_for_completion()
    search.download_file("azureml-logs/hyperdrive.txt", str(tmp_path / "log.txt"))
    log = (tmp_path / "log.txt").read_text()

    assert re.search(r"\[SCHEDULER\]\[INFO\]Cancelling HD_1_0_1, by policy: .*0\.1.*<END>", log)
    assert re.search(r"HD_1_0_1 is Canceled, best primary metric 0\.1: ", log)
    assert "[GENERATOR][INFO]Could not sample any more jobs from the space.<END>" in log
    assert "[API][INFO]the space holds 2 combinations, all of them were tried; max_total_runs allows 3<END>" in log
    times = re.findall(r"<START>\[([^]]+)\]", log)
    assert times == sorted(times)
