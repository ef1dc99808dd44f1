"""PipelineRun and StepRun: a submitted pipeline, and each of its steps.

Where a Run says Completed, these say Finished.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any, Callable, Dict, Iterator, List, Optional

from hyperstep.azureml_v1 import build
from hyperstep.azureml_v1.ask import ask
from hyperstep.azureml_v1.exceptions import ActivityFailedException
from hyperstep.azureml_v1.port_data import PortDataReference, StepRunOutput
from hyperstep.azureml_v1.run import Run
from hyperstep.azureml_v1.run_tree import newest_first
from hyperstep.azureml_v1.waiting import check_that_it_can_end

ENDED = ("Finished", "Failed", "Canceled")
LONGEST_PAUSE = 0.5
RULE = "=" * 37


class PipelineRun(Run):
    """A submitted pipeline."""

    def __init__(self, experiment: Any, run_id: str, _service_endpoint: Any = None, **kwargs: Any) -> None:
        super().__init__(experiment, run_id)
        self._kept_plan: Optional[build.Plan] = None

    @staticmethod
    def get(workspace: Any, run_id: str, _service_endpoint: Any = None) -> Any:
        return Run.get(workspace, run_id)

    @staticmethod
    def get_pipeline_runs(workspace: Any, pipeline_id: str, _service_endpoint: Any = None) -> List[PipelineRun]:
        """The runs of a published pipeline, newest first."""
        from hyperstep.azureml_v1.experiment import Experiment

        found = []
        for row in ask("runs.runs"):
            run = PipelineRun(Experiment(workspace, row["labels"]["experiment"]), row["id"])
            if run._plan["properties"].get("azureml.pipelineid") == pipeline_id:
                found.append(run)
        return found

    @property
    def _plan(self) -> build.Plan:
        if self._kept_plan is None:
            self._kept_plan = ask("runs.plan", run=self.id)
        assert self._kept_plan is not None, "a run has the plan that it was submitted with"
        return self._kept_plan

    def get_status(self) -> str:
        return _finished(super().get_status())

    def get_steps(self) -> List[StepRun]:
        """The runs of all steps, the one that began last first."""
        return [self._step(row["position"]) for row in newest_first(ask("runs.run", run=self.id)["steps"])]

    def find_step_run(self, name: str) -> List[StepRun]:
        """The runs of the steps of this name: a list, as names may repeat."""
        return [step for step in self.get_steps() if step.name == name]

    def _children(self) -> Iterator[Any]:
        return iter(self.get_steps())

    def get_pipeline_output(self, pipeline_output_name: str) -> PortDataReference:
        """The data that a step made under this pipeline_output_name."""
        outputs = self._plan["outputs"]
        if pipeline_output_name not in outputs:
            raise ValueError(
                "Pipeline run %s has no output named %r; it has %s. The name is the pipeline_output_name of a "
                "PipelineData." % (self.id, pipeline_output_name, ", ".join(sorted(outputs)) or "none")
            )
        position, name = outputs[pipeline_output_name]
        return self._step(position).get_output_data(name)

    def get_graph(self) -> build.Graph:
        return build.Graph(self._plan)

    def publish_pipeline(
        self,
        name: str,
        description: Optional[str],
        version: Optional[str],
        continue_on_step_failure: Optional[bool] = None,
        **kwargs: Any,
    ) -> Any:
        """Publish the pipeline that ran."""
        from hyperstep.azureml_v1.published import publish

        plan = {**self._plan, "values": {}, "data_parameters": {}}
        return publish(self.experiment.workspace, plan, name, description, version, continue_on_step_failure)

    def wait_for_completion(  # type: ignore[override]
        self, show_output: bool = True, timeout_seconds: float = sys.maxsize, raise_on_error: bool = True
    ) -> str:
        """Wait for the end; returns the status, `Finished` if all went well."""
        shown: Dict[str, str] = {}
        if show_output:
            print("PipelineRunId: %s\nLink to the run's page: %s" % (self.id, self.get_portal_url()))

        def look() -> str:
            status = self.get_status()
            if show_output:
                self._show_steps(shown)
                _show_change(shown, "PipelineRun", status)
            return status

        status = _wait(self, look, timeout_seconds)
        if show_output and status in ENDED:
            print("\n\nPipelineRun Execution Summary\n%s\nPipelineRun Status: %s" % (RULE, status))
        if status == "Failed" and raise_on_error:
            raise ActivityFailedException(_why(ask("runs.run", run=self.id), "PipelineRun"))
        return status

    def complete(self, *given: Any, **named: Any) -> Any:
        raise NotImplementedError("A PipelineRun ends with its steps. cancel() ends it before.")

    def fail(self, *given: Any, **named: Any) -> Any:
        raise NotImplementedError("A PipelineRun ends with its steps. cancel() ends it before.")

    def child_run(self, *given: Any, **named: Any) -> Any:
        raise NotImplementedError("The children of a PipelineRun are its steps. A step's own run takes child runs.")

    def _step(self, position: int) -> StepRun:
        return StepRun(self.experiment, "%s_%d" % (self.id, position), self.id, str(position), _plan=self._plan)

    def _show_steps(self, shown: Dict[str, str]) -> None:
        for step in reversed(self.get_steps()):
            status = step.get_status()
            _show_change(shown, "StepRun(%s)" % step.name, status, key=step.id)
            if status in ENDED and step.id + " log" not in shown:
                shown[step.id + " log"] = status
                text = "" if step._reused else step.get_job_log()
                print(text, end="" if text.endswith("\n") or not text else "\n")


class StepRun(Run):
    """A step of a submitted pipeline."""

    def __init__(
        self,
        experiment: Any,
        step_run_id: str,
        pipeline_run_id: Optional[str] = None,
        node_id: Optional[str] = None,
        _service_endpoint: Any = None,
        _plan: Optional[build.Plan] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(experiment, step_run_id)
        run, _, position = step_run_id.rpartition("_")
        self._pipeline_run_id = pipeline_run_id or run
        self._position = int(node_id if node_id is not None else position)
        self._kept_plan = _plan

    @staticmethod
    def get(workspace: Any, run_id: str) -> Any:
        return Run.get(workspace, run_id)

    @property
    def pipeline_run_id(self) -> str:
        return self._pipeline_run_id

    @property
    def name(self) -> str:
        return str(self._plan_node["name"])

    @property
    def _plan_node(self) -> Dict[str, Any]:
        if self._kept_plan is None:
            self._kept_plan = ask("runs.plan", run=self._pipeline_run_id)
        assert self._kept_plan is not None, "a run has the plan that it was submitted with"
        node: Dict[str, Any] = self._kept_plan["nodes"][self._position]
        return node

    @property
    def _row(self) -> Dict[str, Any]:
        row: Dict[str, Any] = ask("runs.step", run=self._pipeline_run_id, position=self._position)
        return row

    @property
    def _engine_id(self) -> str:
        return str(self._row["id"])

    @property
    def _reused(self) -> str:
        """The engine's id of the step whose result was taken, or an empty text."""
        return str(self._row["reused"])

    def get_status(self) -> str:
        return _finished(super().get_status())

    def get_properties(self) -> Dict[str, str]:
        found = {
            **super().get_properties(),
            "azureml.runsource": "azureml.StepRun",
            "azureml.nodeid": str(self._position),
            "azureml.pipelinerunid": self._pipeline_run_id,
            "StepType": self._plan_node["type"],
        }
        reused = self._reused
        if reused:
            run = reused.partition("/")[0]
            position = next(row["position"] for row in ask("runs.run", run=run)["steps"] if row["id"] == reused)
            found["azureml.isreused"] = "true"
            found["azureml.reusedrunid"] = "%s_%d" % (run, position)
            found["azureml.reusednodeid"] = str(position)
            found["azureml.reusedpipeline"] = run
            found["azureml.reusedpipelinerunid"] = run
        return found

    @property
    def properties(self) -> Dict[str, str]:
        return self.get_properties()

    def get_outputs(self) -> Dict[str, StepRunOutput]:
        return {name: StepRunOutput(self, name, key) for name, key in self._plan_node["outputs"].items()}

    def get_output(self, name: str) -> StepRunOutput:
        outputs = self.get_outputs()
        if name not in outputs:
            raise ValueError(
                "Step %s has no output named %r; it has %s." % (self.name, name, ", ".join(sorted(outputs)) or "none")
            )
        return outputs[name]

    def get_output_data(self, name: str) -> PortDataReference:
        return self.get_output(name).get_port_data_reference()

    def get_job_log(self) -> str:
        """What the step's script wrote; of a search, the log of its newest child run."""
        job = self._row["job"]
        if not job:
            return ""
        try:
            with open(ask("runs.log", job=job), encoding="utf-8", errors="replace") as log:
                return log.read()
        except FileNotFoundError:
            return ""

    def get_stdout_log(self) -> str:
        """The same as `get_job_log`: output and errors are kept in one log, in their order."""
        return self.get_job_log()

    def get_stderr_log(self) -> str:
        """The same as `get_job_log`: output and errors are kept in one log, in their order."""
        return self.get_job_log()

    def wait_for_completion(  # type: ignore[override]
        self, show_output: bool = True, timeout_seconds: float = sys.maxsize, raise_on_error: bool = True
    ) -> str:
        """Wait for the end; returns the status, `Finished` if all went well."""
        shown: Dict[str, str] = {}
        if show_output:
            print("StepRunId: %s\nLink to the run's page: %s" % (self.id, self.get_portal_url()))

        def look() -> str:
            status = self.get_status()
            if show_output:
                _show_change(shown, "StepRun(%s)" % self.name, status)
            return status

        status = _wait(self, look, timeout_seconds)
        if show_output and status in ENDED:
            summary = "\nStepRun(%s) Execution Summary\n%s\nStepRun(%s) Status: %s"
            print(self.get_job_log() + summary % (self.name, RULE, self.name, status))
        if status == "Failed" and raise_on_error:
            raise ActivityFailedException(_why(self._row, "StepRun(%s)" % self.name))
        return status

    def complete(self, *given: Any, **named: Any) -> Any:
        raise NotImplementedError("A StepRun ends with its script.")

    def fail(self, *given: Any, **named: Any) -> Any:
        raise NotImplementedError("A StepRun ends with its script.")


def submitted(experiment: Any, plan: build.Plan, values: Dict[str, Any]) -> PipelineRun:
    """Submit a plan to the engine, and say so."""
    plan = build.with_values(plan, values)
    plan["experiment"] = experiment.name
    plan["properties"] = {
        "azureml.runsource": "azureml.PipelineRun",
        "runSource": "SDK",
        "runType": "SDK",
        "azureml.parameters": json.dumps({**plan["parameters"], **plan["values"]}),
        **plan["properties"],
    }
    run = PipelineRun(experiment, ask("submit.submit", plan=plan)["run"])
    print("Submitted PipelineRun %s" % run.id)
    print("Link to the run's page: %s" % run.get_portal_url())
    return run


def _finished(status: str) -> str:
    return "Finished" if status == "Completed" else status


def _wait(run: Run, look: Callable[[], str], timeout: float) -> str:
    """The status when the run has ended, or when the time is up."""
    began = time.monotonic()
    pause = 0.05
    status = look()
    if status not in ENDED:
        check_that_it_can_end(run)
    while status not in ENDED:
        left = timeout - (time.monotonic() - began)
        if left <= 0:
            print("Timed out of waiting after %g seconds. Status: %s" % (timeout, status))
            break
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)
        status = look()
    return status


def _show_change(shown: Dict[str, str], what: str, status: str, key: str = "") -> None:
    if shown.get(key) != status:
        shown[key] = status
        print("%s Status: %s" % (what, status))


def _why(row: Dict[str, Any], what: str) -> str:
    return "%s failed: %s" % (what, row["reason"] or "its log says why.")
