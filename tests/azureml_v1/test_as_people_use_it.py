"""What users of v1 stumbled over when they brought their programs here."""

from __future__ import annotations

import pytest

from hyperstep.azureml_v1 import direct
from hyperstep.azureml_v1.dataset import Dataset
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


def test_the_details_of_a_run_name_the_data_sets_that_it_was_given(local, tmp_path):
    (tmp_path / "rows.csv").write_text("x\n1\n")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "read.py").touch()
    rows = Dataset.Tabular.from_delimited_files(str(tmp_path / "rows.csv")).register(local, "rows")
    run = Experiment(local, "data").submit(
        ScriptRunConfig(str(tmp_path / "src"), "read.py", ["--rows", rows.as_named_input("training")])
    )
    (given,) = run.wait_for_completion()["inputDatasets"]

    assert (given["dataset"].name, given["dataset"].id) == ("rows", rows.id)
    assert given["consumptionDetails"] == {"type": "RunInput", "inputName": "training", "mechanism": "Direct"}
