"""ScriptRunConfig and ScriptRun: one script, or one command, submitted by itself or searched over."""

from __future__ import annotations

import copy
from typing import Any, Dict, List, Optional

from hyperstep.azureml_v1 import direct
from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.azureml_v1.run import Run
from hyperstep.azureml_v1.v1_object import V1Object

MONTH = 2592000
"""Seconds that v1 lets a job run where nothing else is said; no limit is kept for it here."""


class ScriptRun(Run):
    """A script that was submitted by itself."""

    def _given_properties(self) -> Dict[str, str]:
        return {**super()._given_properties(), "ContentSnapshotId": str(self.get_snapshot_id())}


class ScriptRunConfig(V1Object):
    """What a script needs to run; resume_from and the settings of distributed jobs and Docker are only recorded."""

    def __init__(
        self,
        source_directory: Optional[str],
        script: Optional[str] = None,
        arguments: Any = None,
        run_config: Any = None,
        _telemetry_values: Any = None,
        compute_target: Any = None,
        environment: Any = None,
        distributed_job_config: Any = None,
        resume_from: Any = None,
        max_run_duration_seconds: Optional[float] = MONTH,
        command: Any = None,
        docker_runtime_config: Any = None,
    ) -> None:
        self.source_directory = source_directory if source_directory is not None else "."
        self.script = script
        self.arguments = arguments if arguments is not None else []
        self.command = command
        self.run_config = _configuration(run_config, compute_target, environment)
        self.distributed_job_config = distributed_job_config
        self.docker_runtime_config = docker_runtime_config
        self.resume_from = resume_from
        self.max_run_duration_seconds = max_run_duration_seconds
        self._inputs: List[Any] = []

    def _submit(self, experiment: Any, tags: Optional[Dict[str, Any]] = None, **recorded: Any) -> ScriptRun:
        limit = self.max_run_duration_seconds
        run = direct.submit(
            experiment,
            self._step(),
            kind="script",
            tags=tags,
            properties={"azureml.runsource": "experiment"},
            timeout=limit if limit and limit < MONTH else None,
        )
        return ScriptRun(experiment, "%s_0" % run)

    def _step(self) -> Any:
        from hyperstep.azureml_v1.steps import CommandStep, PythonScriptStep

        if bool(self.script) == bool(self.command):
            raise UserErrorException(
                "A ScriptRunConfig needs either a script or a command; it has script=%r and command=%r."
                % (self.script, self.command)
            )
        command = [self.command] if isinstance(self.command, str) else list(self.command or [])
        common: Dict[str, Any] = {
            "name": direct.title(self.script, self.command),
            "runconfig": self.run_config,
            "inputs": direct.inputs(self._inputs, command or self.arguments),
            "source_directory": self.source_directory,
            "allow_reuse": False,
        }
        if command:
            return CommandStep(command, **common)
        return PythonScriptStep(self.script, arguments=self.arguments, **common)  # type: ignore[arg-type]


def _configuration(given: Any, compute_target: Any, environment: Any) -> Any:
    """The run configuration with what was given besides it; the caller's own stays as it is."""
    if given is None:
        from hyperstep.azureml_v1.runconfig import RunConfiguration

        given = RunConfiguration()
    elif compute_target is not None or environment is not None:
        given = copy.copy(given)
    if compute_target is not None:
        given.target = compute_target
    if environment is not None:
        given.environment = environment
    return given
