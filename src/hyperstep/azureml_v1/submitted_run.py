"""The run of a script that a run of this workspace has started: the job that the process is part of."""

from __future__ import annotations

import os

from hyperstep.azureml_v1 import identity
from hyperstep.azureml_v1.run import JOB, RUN_ID, SIDE, Run

TYPE_CHECKING = False  # type checkers know the name; importing typing takes longer than all that a script's run needs

if TYPE_CHECKING:
    from typing import Any, Dict


class _SubmittedRun(Run):
    """The job that this process is part of; what it is stands in its environment."""

    def __init__(self) -> None:
        super().__init__(None, os.environ.get(RUN_ID, ""))

    @property
    def id(self) -> str:  # type: ignore[override]
        if not self._id:  # of a job that no v1 code submitted
            self._id = self._identified()["id"]
        return self._id

    @property
    def experiment(self) -> Any:
        if self._experiment is None:
            from hyperstep.azureml_v1.experiment import Experiment
            from hyperstep.azureml_v1.workspace import Workspace

            get = os.environ.get
            workspace = Workspace(
                get("AZUREML_ARM_SUBSCRIPTION", ""),
                get("AZUREML_ARM_RESOURCEGROUP", ""),
                get("AZUREML_ARM_WORKSPACE_NAME", "local"),
            )
            name = get("AZUREML_ARM_PROJECT_NAME") or self._identified()["experiment"]
            self._experiment = Experiment(workspace, name, _skip_name_validation=True)
        return self._experiment

    @property
    def input_datasets(self) -> Any:
        """The data sets of the step's inputs, by name; data given as a path is the path."""
        from hyperstep.azureml_v1 import run_inputs

        return run_inputs.inputs(side().get("inputs", {}))

    @property
    def output_datasets(self) -> Any:
        """Where the step's outputs are made, by name."""
        from hyperstep.azureml_v1 import run_inputs

        return run_inputs.outputs()

    def get_status(self) -> str:
        return "Running"

    @property
    def _here(self) -> bool:
        return True

    def _submitted_as(self) -> str:
        return str(side().get("kind") or super()._submitted_as())

    def _given_tags(self) -> Dict[str, Any]:
        if identity.parse(self.id).kind == identity.TRIAL:
            return super()._given_tags()
        return dict(side().get("tags", {})) if self._is_top() else {}

    def _given_properties(self) -> Dict[str, str]:
        return dict(side().get("properties", {}))

    def _identified(self) -> Dict[str, str]:
        from hyperstep.azureml_v1.ask import ask

        found: Dict[str, str] = ask("runs.identify", job=os.environ[JOB])
        return found


def side() -> Dict[str, Any]:
    """What the engine's side tells the job, beside v1's own variables."""
    import json

    document: Dict[str, Any] = json.loads(os.environ.get(SIDE, "{}"))
    return document
