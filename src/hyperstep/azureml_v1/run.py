"""Run: what a script logs to, and what programs look at; the same class in a job and outside."""

# ruff: noqa: ARG001, ARG003 (parameters that v1 has and that mean nothing here)

from __future__ import annotations

import os

from hyperstep.azureml_v1 import identity
from hyperstep.azureml_v1.run_files import Files
from hyperstep.azureml_v1.run_log import Logs
from hyperstep.azureml_v1.run_notes import Notes
from hyperstep.azureml_v1.run_tree import Tree
from hyperstep.azureml_v1.v1_object import V1Object

TYPE_CHECKING = False  # type checkers know the name; importing typing takes longer than all that a script's run needs

if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional

    from hyperstep.azureml_v1.recorded import Logged, Recorder

WIRE = "HYPERSTEP_WIRE"
JOB = "HYPERSTEP_JOB"
SIDE = "HYPERSTEP_V1"
INPUT = "HYPERSTEP_V1_INPUT_"
RUN_ID = "AZUREML_RUN_ID"

STATUSES = {
    "submitted": "NotStarted",
    "waiting": "NotStarted",
    "running": "Running",
    "completed": "Completed",
    "reused": "Completed",
    "failed": "Failed",
    "cancelled": "Canceled",
    "stopped": "Canceled",
    "skipped": "Canceled",
}
ENDED = ("Completed", "Failed", "Canceled")


class Run(Logs, Notes, Files, Tree, V1Object):
    """A run of any kind. In a job: the job itself."""

    def __init__(self, experiment: Any, run_id: str, outputs: Any = None, **kwargs: Any) -> None:
        self._experiment = experiment
        self._id = run_id

    @classmethod
    def get_context(cls, allow_offline: bool = True, used_for_context_manager: bool = False, **kwargs: Any) -> Any:
        """The run that this script is; outside of any job, one that prints what it is told."""
        if os.environ.get(WIRE):
            from hyperstep.azureml_v1.submitted_run import _SubmittedRun

            return _SubmittedRun()
        if allow_offline:
            from hyperstep.azureml_v1.offline import _OfflineRun

            return _OfflineRun()
        from hyperstep.azureml_v1.exceptions import RunEnvironmentException

        raise RunEnvironmentException(
            "Could not load a submitted run, as this script wasn't started by one. Submit it, or call "
            "Run.get_context() without allow_offline=False: then what it logs is printed."
        )

    @classmethod
    def get_submitted_run(cls, **kwargs: Any) -> Any:
        """The older name of `get_context`."""
        return cls.get_context(**kwargs)

    @staticmethod
    def get(workspace: Any, run_id: str) -> Any:
        """The run of an id, as the class of its kind."""
        from hyperstep.azureml_v1.run_tree import found

        return found(workspace, run_id)

    @staticmethod
    def list(
        experiment: Any,
        type: Optional[str] = None,
        tags: Any = None,
        properties: Any = None,
        status: Optional[str] = None,
        include_children: bool = False,
        _rehydrate_runs: bool = True,
    ) -> Iterator[Any]:
        """The runs of an experiment, newest first."""
        from hyperstep.azureml_v1.run_tree import listed, matches

        for run in listed(experiment):
            if matches(run, tags, properties, type, status):
                yield run
            if include_children:
                for child in run.get_children(True, tags, properties, type, status):
                    yield child

    @property
    def id(self) -> str:  # type: ignore[override]
        return self._id

    @property
    def experiment(self) -> Any:
        return self._experiment

    @property
    def number(self) -> int:
        """The number of the engine's run; of a recorded run, 0."""
        return int(identity.parse(self.id).run or 0)

    @property
    def name(self) -> Optional[str]:
        """What a child run was called by who made it, or None."""
        from hyperstep.azureml_v1 import interactive

        if identity.parse(self.id).kind != identity.RECORDED:
            return None
        name: Optional[str] = interactive.begun(self.id)["name"]
        return name

    @property
    def type(self) -> Optional[str]:
        named = identity.parse(self.id)
        if named.kind == identity.STEP:
            return "azureml.scriptrun" if self._submitted_as() == "script" else "azureml.StepRun"
        return _TYPES[named.kind]

    @property
    def status(self) -> str:
        return self.get_status()

    def get_status(self) -> str:
        from hyperstep.azureml_v1 import run_state

        return run_state.status(self)

    def get_detailed_status(self) -> Dict[str, Any]:
        """The status, and in words why it is so, if there is anything to say."""
        from hyperstep.azureml_v1 import run_state

        return {"status": self.get_status(), "details": run_state.reason(self)}

    def get_details(self) -> Dict[str, Any]:
        """What is known of the run: times, status, what it runs, its logs."""
        from hyperstep.azureml_v1 import run_state

        return run_state.details(self)

    def get_details_with_logs(self) -> Dict[str, Any]:
        """The same as `get_details`, with the text of each log."""
        from hyperstep.azureml_v1 import run_state

        return run_state.with_logs(self.get_details())

    def get_all_logs(self, destination: Optional[str] = None) -> Any:
        """Copy the logs into a folder; returns their paths."""
        from hyperstep.azureml_v1 import run_state

        return run_state.copied_logs(self.get_details(), destination or os.path.join("logs", self.id))

    def get_portal_url(self) -> str:
        """Where all that the run made and logged lies on this machine."""
        from hyperstep.azureml_v1 import run_state

        return run_state.address(self)

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> Dict[str, Any]:
        """Wait for the end; returns `get_details()`. Raises ActivityFailedException if the run failed."""
        from hyperstep.azureml_v1 import waiting

        return waiting.wait(self, show_output=show_output, raise_on_error=raise_on_error)

    def cancel(self) -> None:
        """End the run; of a step, the whole run that it belongs to."""
        from hyperstep.azureml_v1 import run_state

        run_state.cancel(self)

    def start(self) -> None:
        """Does nothing: a run has begun when it is there."""

    def complete(self, _set_status: bool = True) -> None:
        """End a recorded run; a job ends with its script."""
        from hyperstep.azureml_v1 import run_state

        run_state.complete(self)

    def fail(self, error_details: Any = None, error_code: Any = None, _set_status: bool = True) -> None:
        """End a recorded run as failed; of a job the reason is noted, and it fails if its script does."""
        from hyperstep.azureml_v1 import run_state

        run_state.fail(self, error_details, error_code)

    def flush(self, timeout_seconds: float = 300) -> None:
        """Does nothing: what is logged is written at once."""

    def get_secret(self, name: str) -> Any:
        return self.experiment.workspace.get_default_keyvault().get_secret(name)

    def get_secrets(self, secrets: List[str]) -> Any:
        return self.experiment.workspace.get_default_keyvault().get_secrets(secrets)

    def get_environment(self) -> Any:
        """The environment that the run's script was given."""
        from hyperstep.azureml_v1 import run_state

        return run_state.environment(self)

    @property
    def _here(self) -> bool:
        """Whether this is the job that the process is part of."""
        return bool(os.environ.get(WIRE)) and os.environ.get(RUN_ID) == self._id

    @property
    def _job(self) -> Optional[str]:
        """The engine's id of the job whose files and metrics are the run's, if there is one."""
        if self._here:
            return os.environ[JOB]
        from hyperstep.azureml_v1 import run_state

        return run_state.row(self).get("job") or None

    @property
    def _recorder(self) -> Recorder:
        from hyperstep.azureml_v1 import recorded

        if self._here:
            return recorded.of_job()
        if self._kept_recorder is None:
            from hyperstep import tracking
            from hyperstep.azureml_v1 import interactive, run_state
            from hyperstep.tracking.channel import Channel

            run_state.check(self)  # what isn't there can't be added to
            wire = tracking.Run(self.id, self.id, Channel(interactive.wire(self.id), ""))
            self._kept_recorder = recorded.Recorder(wire)
        return self._kept_recorder

    def _logged(self) -> Logged:
        from hyperstep.azureml_v1 import run_state

        return run_state.logged(self)

    def _given_tags(self) -> Dict[str, Any]:
        from hyperstep.azureml_v1 import run_state

        return run_state.given_tags(self)

    def _given_properties(self) -> Dict[str, str]:
        return dict(self._plan_document()["properties"]) if self._is_top() else {}

    def _given_description(self) -> str:
        return str(self._plan_document()["description"]) if self._is_top() else ""

    def _submitted_as(self) -> str:
        """pipeline, script or hyperdrive."""
        from hyperstep.azureml_v1.ask import ask

        return str(ask("runs.run", run=identity.parse(self.id).run)["kind"])

    def _plan_document(self) -> Dict[str, Any]:
        from hyperstep.azureml_v1.ask import ask

        plan: Dict[str, Any] = ask("runs.plan", run=identity.parse(self.id).run)
        return plan

    def _is_top(self) -> bool:
        """Whether this is what was submitted, so that the tags and properties of the submission are its own."""
        kind = identity.parse(self.id).kind
        alone = {identity.STEP: "script", identity.SEARCH: "hyperdrive"}
        return kind == identity.RUN or (kind in alone and self._submitted_as() == alone[kind])

    def _is_search(self) -> bool:
        from hyperstep.azureml_v1 import run_state

        return bool(run_state.row(self)["kind"] == "tune")

    def _engine_owner(self) -> Optional[str]:
        """The engine's id of this run, step or trial; None for a recorded run."""
        named = identity.parse(self.id)
        if named.kind == identity.RECORDED:
            return None
        from hyperstep.azureml_v1 import run_state

        return named.run if named.kind == identity.RUN else str(run_state.row(self)["id"])

    def __enter__(self) -> Any:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if error is None:
            self.complete()
        else:
            self.fail(error_details=error)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return "Run(Experiment: %s,\nId: %s,\nType: %s,\nStatus: %s)" % (
            self.experiment.name,
            self.id,
            self.type,
            self.get_status(),
        )

    def _repr_html_(self) -> str:
        from hyperstep.azureml_v1 import run_state

        return run_state.table(self)


_TYPES = {
    identity.RUN: "azureml.PipelineRun",
    identity.SEARCH: "hyperdrive",
    identity.TRIAL: "azureml.scriptrun",
    identity.RECORDED: None,
}


def get_run(experiment: Any, run_id: str, rehydrate: bool = True, clean_up: bool = True) -> Any:
    """The run of an id, as the class of its kind."""
    from hyperstep.azureml_v1.run_tree import by_id

    return by_id(experiment, run_id)
