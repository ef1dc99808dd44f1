"""HyperDriveRun: a search, its child runs and the best of them."""

from __future__ import annotations

import json
import math
import os
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

from hyperstep.azureml_v1 import home, identity
from hyperstep.azureml_v1.ask import ask
from hyperstep.azureml_v1.run import STATUSES, Run
from hyperstep.azureml_v1.script_run import MONTH

LOG = "azureml-logs/hyperdrive.txt"
PREFIX = "_aml_system_"
"""Stands before a child run's id in the name of the tag that holds its hyperparameters."""

_TAGGED = ("generator_config", "primary_metric_config", "policy_config")
_LIMITS = ("max_total_jobs", "max_concurrent_jobs", "max_duration_minutes")


class HyperDriveRun(Run):
    """A search for the best hyperparameters; its children are the runs of the script."""

    def __init__(
        self, experiment: Any, run_id: str, hyperdrive_config: Any = None, outputs: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(experiment, run_id)
        self._config = hyperdrive_config

    @property
    def hyperdrive_config(self) -> Any:
        if self._config is None:
            from hyperstep.azureml_v1.hyperdrive import read_back

            self._config = read_back(self._document)
        return self._config

    def get_hyperparameters(self) -> Dict[str, str]:
        """The hyperparameters of each child run, as JSON text by its id."""
        found: Dict[str, str] = {}
        for prefix in ("", PREFIX):  # newer tags have the prefix, and count more
            start = prefix + self.id + "_"
            for tag, value in self.get_tags().items():
                if tag.startswith(start) and tag[len(start) :].isdigit():
                    found[tag[len(prefix) :]] = value
        return found

    def get_metrics(self) -> Dict[str, Any]:  # type: ignore[override]  # as v1 has it
        """What each child run logged, by its id; those that logged nothing are left out."""
        found = {child.id: child.get_metrics() for child in self.get_children()}
        return {child: metrics for child, metrics in found.items() if metrics}

    def get_children_sorted_by_primary_metric(
        self, top: int = 0, reverse: bool = False, discard_no_metric: bool = False
    ) -> List[Dict[str, Any]]:
        """The child runs, the best first; those without the metric last, whatever the order.

        top: how many at most, 0 for all.
        """
        possible = isinstance(top, int) and top >= 0
        assert possible, "Value of parameter top should be 0 or a positive integer"
        assert isinstance(reverse, bool), "Type of parameter reverse should be bool"
        assert isinstance(discard_no_metric, bool), "Type of parameter discard_no_metric should be bool"
        rows = list(self._rows())
        scored = [row for row in rows if row["best_primary_metric"] is not None]
        scored.sort(key=lambda row: row["best_primary_metric"], reverse=self._maximizes != reverse)
        if not discard_no_metric:
            scored += [row for row in rows if row["best_primary_metric"] is None]
        return scored[:top] if top else scored

    def get_best_run_by_primary_metric(
        self, include_failed: bool = True, include_canceled: bool = True, include_resume_from_runs: bool = True
    ) -> Optional[Run]:
        """The child run with the best primary metric; None if none has logged it.

        include_resume_from_runs: look through the runs that the search learned from as well.
        """
        left_out = {status for status, kept in (("Failed", include_failed), ("Canceled", include_canceled)) if not kept}
        best: Optional[Dict[str, Any]] = None
        for search in [self, *(self._earlier() if include_resume_from_runs else [])]:
            for row in search.get_children_sorted_by_primary_metric(discard_no_metric=True):
                if row["status"] not in left_out:
                    best = row if best is None or self._better(row, best) else best
                    break
        return None if best is None else Run(self.experiment, best["run_id"])

    def fail(self, *given: Any, **named: Any) -> Any:
        raise NotImplementedError("A HyperDriveRun fails if its child runs do. cancel() ends it before.")

    def get_diagnostics(self, *given: Any, **named: Any) -> Any:
        raise NotImplementedError("A HyperDriveRun has no archive of diagnostics. get_all_logs() copies its logs.")

    def get_details(self) -> Dict[str, Any]:
        return {**super().get_details(), "logFiles": {name: Path(at).as_uri() for name, at in self._lying().items()}}

    def _lying(self) -> Dict[str, str]:
        """The log of the search, written anew from what has happened so far."""
        named = identity.parse(self.id)
        path = os.path.join(home.own("searches"), self.id + ".txt")
        descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(path))
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(ask("submit.log", run=named.run, position=named.position))
        os.replace(temporary, path)
        return {LOG: path}

    def _given_tags(self) -> Dict[str, Any]:
        document = self._document
        found = {key: json.dumps(document[key]) for key in _TAGGED}
        found.update({key: str(document[key]) for key in _LIMITS})
        found["platform_config"] = json.dumps(self._platform())
        for trial in self._trials():
            found["%s%s_%d" % (PREFIX, self.id, trial["number"])] = json.dumps(trial["values"])
        return {**super()._given_tags(), **found}

    def _given_properties(self) -> Dict[str, str]:
        document, step = self._document, self._step()
        found = {
            "primary_metric_config": json.dumps(document["primary_metric_config"]),
            "resume_from": json.dumps(document["resume_from"] or None),
            "runTemplate": "HyperDrive",
            "azureml.runsource": "hyperdrive",
            "platform": document["platform"],
            "space_size": space_size(document["generator_config"]["parameter_space"]),
        }
        best = self._best_number(step)
        if best is not None:
            found["best_child_run_id"] = "%s_%d" % (self.id, best["number"])
            found["score"] = str(best["best_score"])
            found["best_metric_status"] = "Succeeded"
        return {**super()._given_properties(), **found}

    def _best_number(self, step: Dict[str, Any]) -> Optional[Dict[str, Any]]:
        """The trial that the engine took for the best, once it has."""
        return next((trial for trial in self._trials() if trial["number"] == step["best"]), None)

    def _rows(self) -> Iterator[Dict[str, Any]]:
        """The child runs by their numbers, as `get_children_sorted_by_primary_metric` gives them."""
        hyperparameters = self.get_hyperparameters()
        pick = max if self._maximizes else min
        for trial in self._trials():
            child = "%s_%d" % (self.id, trial["number"])
            known = [score for score in trial["scores"] if not math.isnan(score)]
            yield {
                "run_id": child,
                "hyperparameters": hyperparameters.get(child),
                "best_primary_metric": pick(known) if known else None,
                "status": _status(trial),
            }

    def _better(self, one: Dict[str, Any], other: Dict[str, Any]) -> bool:
        pair = one["best_primary_metric"], other["best_primary_metric"]
        return bool(pair[0] > pair[1] if self._maximizes else pair[0] < pair[1])

    def _earlier(self) -> List[HyperDriveRun]:
        return [HyperDriveRun(self.experiment, run_id) for run_id in self._document["resume_from"]]

    @property
    def _maximizes(self) -> bool:
        return bool(self._document["primary_metric_config"]["goal"] == "maximize")

    @property
    def _document(self) -> Dict[str, Any]:
        """What the search was submitted with."""
        document: Dict[str, Any] = self._node()["hyperdrive"]
        return document

    def _node(self) -> Dict[str, Any]:
        node: Dict[str, Any] = self._plan_document()["nodes"][identity.parse(self.id).position]
        return node

    def _step(self) -> Dict[str, Any]:
        named = identity.parse(self.id)
        step: Dict[str, Any] = ask("runs.step", run=named.run, position=named.position)
        return step

    def _trials(self) -> List[Dict[str, Any]]:
        trials: List[Dict[str, Any]] = ask("runs.trials", step=self._step()["id"])
        return trials

    def _platform(self) -> Dict[str, Any]:
        node, workspace = self._node(), self.experiment.workspace
        numbers = {} if node["command"] else node.get("numbers", {})  # a run that no v1 code submitted has none
        command = {"command": node["command"]} if node["command"] else {}
        return {
            "ServiceArmScope": "subscriptions/%s/resourceGroups/%s/providers/Microsoft.MachineLearningServices/"
            "workspaces/%s/experiments/%s"
            % (workspace.subscription_id, workspace.resource_group, workspace.name, self.experiment.name),
            "SubscriptionId": workspace.subscription_id,
            "ResourceGroupName": workspace.resource_group,
            "WorkspaceName": workspace.name,
            "ExperimentName": self.experiment.name,
            "Definition": {
                "Overrides": {
                    "script": node["script"],
                    **command,
                    "arguments": [numbers.get(str(place), item) for place, item in enumerate(node["arguments"])],
                    "target": node["target"],
                    "framework": "Python",
                    "communicator": "None",
                    "maxRunDurationSeconds": node["timeout"] or MONTH,
                    "nodeCount": 1,
                },
                "TargetDetails": None,
                "SnapshotId": self.get_snapshot_id(),
            },
        }


class HyperDriveStepRun(HyperDriveRun):
    """The search of a HyperDriveStep."""

    def __init__(self, step_run: Any) -> None:
        kind = step_run.properties.get("StepType")
        if kind != "HyperDriveStep":
            raise ValueError(
                "Step run with wrong type has been provided. step_type: %s. A HyperDriveStepRun is made of the run of "
                "a HyperDriveStep, and %s isn't one." % (kind, step_run.id)
            )
        super().__init__(step_run.experiment, identity.SEARCHING + step_run.id)


def space_size(space: Optional[Dict[str, Any]]) -> str:
    """The number of combinations of a parameter space of choices, as v1 tells it; of any other it has no number."""
    size = 1
    for expression in (space or {}).values():
        if expression[0] != "choice":
            return "infinite_space_size"
        size *= len(expression[1][0])
    return str(size)


def _status(trial: Dict[str, Any]) -> str:
    """The status of a child run, as its own `get_status` tells it."""
    if trial["queued"]:
        return "Queued"
    return STATUSES[trial["state"]]
