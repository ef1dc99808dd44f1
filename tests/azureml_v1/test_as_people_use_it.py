"""What users of v1 stumbled over when they brought their programs here."""

from __future__ import annotations

import pytest

from hyperstep.azureml_v1 import direct
from hyperstep.azureml_v1.exceptions import ServiceException, UserErrorException
from hyperstep.azureml_v1.experiment import Experiment
from hyperstep.azureml_v1.run import Run
from hyperstep.azureml_v1.script_run import ScriptRunConfig


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python train.py --lr $AZUREML_SWEEP_lr", "train"),
        (["python", "-u", "code/train.py", "--batch", 8], "train"),
        (["python -m pip list && python train.py"], "train"),
        ("/usr/bin/make all", "make"),
        (["echo", "done"], "echo"),
    ],
)
def test_a_command_is_called_as_the_script_that_it_runs(command, name):
    assert direct.title(None, command) == name


def test_a_name_in_place_of_an_environment_is_refused_with_the_way_to_get_one(local, tmp_path):
    (tmp_path / "train.py").touch()
    config = ScriptRunConfig(str(tmp_path), "train.py", environment="old-sklearn")

    with pytest.raises(UserErrorException, match=r"'old-sklearn'.*Environment\.get\(workspace, 'old-sklearn'\)"):
        Experiment(local, "names").submit(config)


@pytest.mark.parametrize("ask", [Run.get_status, Run.get_details, Run.wait_for_completion])
def test_a_run_that_never_was_is_not_said_to_run(local, ask):
    with pytest.raises(ServiceException, match="There is no run 'typo'"):
        ask(Run(Experiment(local, "names"), "typo"))
