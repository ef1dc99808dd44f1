"""Translate: a plan of v1 code becomes a pipeline of hyperstep's.

The nodes keep their order, so that a step's position is its node's index.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hyperstep.azureml_v1 import identity
from hyperstep.azureml_v1.answers import search
from hyperstep.azureml_v1.answers.environments import environment
from hyperstep.azureml_v1.run import RUN_ID, SIDE
from hyperstep.errors import SubmissionError
from hyperstep.pipeline.data import BestFile, Dataset, JobName, Joined, Output, OutputOf, TrialTable
from hyperstep.pipeline.parameter import Parameter
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.pipeline.source import Source
from hyperstep.pipeline.step import Argument, Step
from hyperstep.pipeline.tune import TuneStep
from hyperstep.store import queries
from hyperstep.workspace import Workspace

SWEEP = "AZUREML_SWEEP_"
STEP = "{run}_{position}"
TRIAL = identity.SEARCHING + "{run}_{position}_{trial}"
LONGEST_NAME = 180

Plan = dict[str, Any]


def pipeline(workspace: Workspace, plan: Plan) -> Pipeline:
    """The pipeline of a plan.

    Raises DefinitionError, SpaceError or GraphError for what hyperstep can't run, SubmissionError for environments and
    earlier searches that can't be used.
    """
    return _Translation(workspace, plan).pipeline()


def notes(plan: Plan) -> Iterator[str]:
    """What is to be said about the searches of a plan."""
    for node in plan["nodes"]:
        if node["hyperdrive"] is not None:
            yield from search.notes(node["name"], node["hyperdrive"])
    yield from unheard(plan)


def unheard(plan: Plan) -> Iterator[str]:
    """Warnings of searches whose command takes no notice of the values that are tried."""
    for node in plan["nodes"]:
        if node["hyperdrive"] is None or not node["command"]:
            continue
        names = [name.lstrip("-") for name in node["hyperdrive"]["generator_config"]["parameter_space"] or {}]
        if SWEEP not in node["command"] and not any(name in node["command"] for name in names):
            yield (
                f"The command of {node['name']} mentions no ${SWEEP}{names[0] if names else 'NAME'}, so every run may "
                f"be the same: values don't follow a command as options, they are environment variables. "
                f"Write, say: --{names[0] if names else 'NAME'} ${SWEEP}{names[0] if names else 'NAME'}"
            )


class _Translation:
    def __init__(self, workspace: Workspace, plan: Plan) -> None:
        self.workspace = workspace
        self.plan = plan
        self.names = unique([node["name"] for node in plan["nodes"]])

    def pipeline(self) -> Pipeline:
        steps = [self._step(position, node) for position, node in enumerate(self.plan["nodes"])]
        return Pipeline(_title(self.plan["name"] or self.plan["experiment"] or "pipeline"), tuple(steps))

    def _step(self, position: int, node: Plan) -> Step | TuneStep:
        script = Step(
            node["script"] or "",
            name=self.names[position],
            arguments=tuple(map(self._argument, node["arguments"])),
            source=Source(node["source"]),
            environment=environment(self.workspace.home, node["environment"]),
            variables=self._variables(node),
            after=tuple(self.names[earlier] for earlier in node["after"]),
            reuse=node["reuse"],
            timeout=node["timeout"],
            command=node["command"] or "",
        )
        if node["hyperdrive"] is None:
            return script
        written = node["hyperdrive"]
        resumed = tuple(_search(self.workspace.store.db, run) for run in written["resume_from"])
        return TuneStep(
            script,
            space=search.space(written["generator_config"]),
            metric=search.metric(written["primary_metric_config"]),
            sampler=search.sampler(written["generator_config"], ", ".join(resumed)),
            policy=search.policy(written["policy_config"]),
            limits=search.limits(written),
            resume_from=resumed,
            reuse=node["reuse"],
            options=not node["command"],
            variables=SWEEP,
        )

    def _argument(self, given: Any) -> Argument:
        if not isinstance(given, dict):
            return given  # type: ignore[no-any-return]  # text or a number
        ((kind, value),) = given.items()
        if kind == "join":
            return Joined(tuple(map(self._argument, value)))
        return self._references[kind](value)

    @property
    def _references(self) -> dict[str, Callable[[Any], Argument]]:
        names = self.names
        return {
            "parameter": lambda name: Parameter(name, self.plan["parameters"][name]),
            "output": Output,
            "output_of": lambda place: OutputOf(names[place[0]], place[1]),
            "best_file": lambda place: BestFile(names[place[0]], place[1]),
            "trial_table": lambda node: TrialTable(names[node], ids=TRIAL),
            "dataset": Dataset,
        }

    def _variables(self, node: Plan) -> dict[str, Argument]:
        plan = self.plan
        experiment = plan["experiment"].replace("{", "{{").replace("}", "}}")  # empty in a plan that is published
        place = plan["workspace"]
        searches = node["hyperdrive"] is not None
        side = {"kind": plan["kind"], "inputs": node["inputs"]}
        if plan["kind"] == "script":  # the tags and properties of what was submitted are this job's own
            side |= {"tags": plan["tags"], "properties": plan["properties"]}
        folder = self.workspace.home.parent
        return {
            RUN_ID: JobName(TRIAL if searches else STEP),
            # As in Azure, what one experiment has computed is reused in the others.
            "AZUREML_EXPERIMENT_ID": JobName(
                str(uuid.uuid5(uuid.NAMESPACE_URL, f"{folder}/{plan['experiment']}")), counts=False
            ),
            "AZUREML_ARM_SUBSCRIPTION": place["subscription_id"],
            "AZUREML_ARM_RESOURCEGROUP": place["resource_group"],
            "AZUREML_ARM_WORKSPACE_NAME": place["name"],
            "AZUREML_ARM_PROJECT_NAME": JobName(experiment, counts=False) if experiment else "",
            "AZUREML_OUTPUT_DIRECTORY": "outputs",
            SIDE: json.dumps(side),
            **_compared(node),
            **{name: self._argument(value) for name, value in node["variables"].items()},
        }


def unique(names: Sequence[str]) -> tuple[str, ...]:
    """The names as steps have them: on one line, not too long, and a second `x` is `x (2)`."""
    found: list[str] = []
    for name in map(_title, names):
        number, tried = 1, name
        while tried in found:
            number += 1
            tried = f"{name} ({number})"
        found.append(tried)
    return tuple(found)


def _title(name: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in name)
    return " ".join(shown.split())[:LONGEST_NAME].strip() or "step"


def _compared(node: Plan) -> dict[str, Argument]:
    """What v1 compares and the engine doesn't before a step is reused, as variables, which the engine compares."""
    compared = {"NAME": node["name"], "VERSION": node.get("version") or ""}
    if node["hyperdrive"] is not None:
        compared |= {"TARGET": node["target"], "CONCURRENT": str(node["hyperdrive"]["max_concurrent_jobs"])}
    return {f"{SIDE}_{what}": text for what, text in compared.items()}


def _search(db: queries.Db, v1_id: str) -> str:
    """The engine's id of an earlier search."""
    named = identity.parse(v1_id)
    steps = queries.steps(db, named.run) if named.kind == identity.SEARCH else ()
    if named.position is None or named.position >= len(steps):
        raise SubmissionError(
            f"resume_from names {v1_id!r}, which is no HyperDriveRun of this workspace. Give a run that has searched, "
            f"such as HD_42_0."
        )
    step = steps[named.position]
    return step.reused or step.id
