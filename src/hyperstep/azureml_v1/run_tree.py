"""Parents and children of runs, and the class that each run has."""

from __future__ import annotations

from hyperstep.azureml_v1 import identity

TYPE_CHECKING = False  # type checkers know the name; importing typing takes longer than all that a script's run needs

if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional

MOST_CHILDREN = 100
"""How many child runs `create_children` makes at once."""


class Tree:
    """The part of a Run that leads to other runs."""

    id: str

    @property
    def parent(self) -> Any:
        """The run that this one is a child of, or None."""
        self._check()
        above = self._parent_id()
        return None if above is None else by_id(self.experiment, above)

    def get_children(
        self,
        recursive: bool = False,
        tags: Any = None,
        properties: Any = None,
        type: Optional[str] = None,
        status: Optional[str] = None,
        _rehydrate_runs: bool = True,
    ) -> Iterator[Any]:
        """The child runs, newest first: of a pipeline its steps, of a search its trials, of a script those it made."""
        for child in self._children():
            if matches(child, tags, properties, type, status):
                yield child
            if recursive:
                for below in child.get_children(True, tags, properties, type, status):
                    yield below

    def child_run(self, name: Optional[str] = None, run_id: Optional[str] = None, outputs: Optional[str] = None) -> Any:
        """Begin a child run, which ends with its `complete()`."""
        self._check()
        from hyperstep.azureml_v1 import interactive

        return by_id(
            self.experiment,
            interactive.create(self.experiment.name, parent=self.id, name=name, run_id=run_id, outputs=outputs),
        )

    def create_children(
        self, count: Optional[int] = None, tag_key: Optional[str] = None, tag_values: Optional[List[str]] = None
    ) -> List[Any]:
        """Begin several child runs: so many, or one for each value of a tag."""
        from hyperstep.azureml_v1 import interactive

        self._check()
        values = tag_values if tag_values is not None else [None] * (count or 0)
        if (count is None) == (tag_values is None) or (tag_key is None) != (tag_values is None):
            _refuse("create_children takes a count, or a tag_key with tag_values. Give one of the two.")
        if not 0 < len(values) <= MOST_CHILDREN:
            _refuse("create_children was asked for %d runs; 1 to %d are possible." % (len(values), MOST_CHILDREN))
        made = [
            interactive.create(
                self.experiment.name, parent=self.id, tags={} if tag_key is None else {tag_key: str(value)}
            )
            for value in values
        ]
        return [by_id(self.experiment, one) for one in made]

    def _children(self) -> Iterator[Any]:
        for child_id in self._child_ids():
            yield by_id(self.experiment, child_id)

    def _check(self) -> None:
        from hyperstep.azureml_v1 import run_state

        run_state.check(self)

    def _child_ids(self) -> List[str]:
        self._check()
        from hyperstep.azureml_v1 import interactive
        from hyperstep.azureml_v1.ask import ask

        named = identity.parse(self.id)
        own: List[str] = []
        if named.kind == identity.RUN:
            steps = newest_first(ask("runs.run", run=named.run)["steps"])
            own = ["%s_%d" % (self.id, step["position"]) for step in steps]
        elif named.kind == identity.SEARCH:
            step = ask("runs.step", run=named.run, position=named.position)
            own = ["%s_%d" % (self.id, trial["number"]) for trial in reversed(ask("runs.trials", step=step["id"]))]
        elif named.kind == identity.STEP and self._is_search():
            own = [identity.SEARCHING + self.id]
        return [document["id"] for document in interactive.runs(parent=self.id)] + own

    def _parent_id(self) -> Optional[str]:
        named = identity.parse(self.id)
        if named.kind == identity.TRIAL:
            return self.id.rpartition("_")[0]
        if named.kind == identity.SEARCH and self._submitted_as() != "hyperdrive":
            return self.id[len(identity.SEARCHING) :]
        if named.kind == identity.STEP and self._submitted_as() != "script":
            return named.run
        if named.kind == identity.RECORDED:
            from hyperstep.azureml_v1 import interactive

            parent: Optional[str] = interactive.begun(self.id)["parent"]
            return parent
        return None

    def _submitted_as(self) -> str:
        raise NotImplementedError

    def _is_search(self) -> bool:
        raise NotImplementedError

    @property
    def experiment(self) -> Any:
        raise NotImplementedError


def by_id(experiment: Any, run_id: str) -> Any:
    """The run of an id, as its class: PipelineRun, StepRun, HyperDriveRun, ScriptRun or Run."""
    from hyperstep.azureml_v1.ask import ask

    named = identity.parse(run_id)
    if named.kind == identity.RUN:
        from hyperstep.azureml_v1.pipeline_run import PipelineRun

        return PipelineRun(experiment, run_id)
    if named.kind == identity.SEARCH:
        from hyperstep.azureml_v1.hyperdrive_run import HyperDriveRun

        return HyperDriveRun(experiment, run_id)
    if named.kind == identity.STEP:
        if ask("runs.run", run=named.run)["kind"] == "script":
            from hyperstep.azureml_v1.script_run import ScriptRun

            return ScriptRun(experiment, run_id)
        from hyperstep.azureml_v1.pipeline_run import StepRun

        return StepRun(experiment, run_id)
    from hyperstep.azureml_v1.run import Run

    return Run(experiment, run_id)


def found(workspace: Any, run_id: str) -> Any:
    """The run of an id in a workspace, with its experiment. Raises ServiceException if there is none."""
    from hyperstep.azureml_v1 import interactive
    from hyperstep.azureml_v1.ask import ask
    from hyperstep.azureml_v1.exceptions import ServiceException
    from hyperstep.azureml_v1.experiment import Experiment

    named = identity.parse(run_id)
    if named.kind == identity.RECORDED:
        name = interactive.begun(run_id)["experiment"]
    else:
        try:
            name = ask("runs.run", run=named.run)["labels"]["experiment"]
            if named.trial is not None:
                ask("runs.trial", run=named.run, position=named.position, number=named.trial)
            elif named.position is not None:
                ask("runs.step", run=named.run, position=named.position)
        except ServiceException as error:
            raise ServiceException("There is no run %r: %s" % (run_id, error.message)) from error
    return by_id(Experiment(workspace, name, _skip_name_validation=True), run_id)


def listed(experiment: Any) -> Iterator[Any]:
    """The runs of an experiment that no other run is the parent of, newest first."""
    from hyperstep.azureml_v1 import interactive
    from hyperstep.azureml_v1.ask import ask

    forms = {"script": "%s_0", "hyperdrive": identity.SEARCHING + "%s_0"}
    found = [
        (row["submitted_at"], forms.get(row["kind"], "%s") % row["id"])
        for row in ask("runs.runs", experiment=experiment.name)
    ]
    found += [
        (document["started_at"], document["id"])
        for document in interactive.runs(experiment=experiment.name)
        if document["parent"] is None
    ]
    for _, run_id in sorted(found, reverse=True):
        yield by_id(experiment, run_id)


def newest_first(steps: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Rows of steps, the one that could begin last first; those that can't yet before all."""
    return sorted(steps, key=lambda row: (row["ready_at"] or float("inf"), row["position"]), reverse=True)


def matches(run: Any, tags: Any, properties: Any, type: Optional[str], status: Optional[str]) -> bool:
    """Whether a run has these tags and properties (names, or names with values), this type and status."""
    if status is not None and _plain(run.get_status()) != _plain(status):
        return False
    if type is not None and run.type != type:
        return False
    return _holds(run.get_tags, tags) and _holds(run.get_properties, properties)


def _plain(status: str) -> str:
    """A status in the words of a Run, which are the service's own."""
    return "Completed" if status == "Finished" else status


def _holds(found: Any, wanted: Any) -> bool:
    if not wanted:
        return True
    given: Dict[str, Any] = found()
    if isinstance(wanted, str):
        return wanted in given
    return all(key in given and value in (None, given[key]) for key, value in dict(wanted).items())


def _refuse(message: str) -> None:
    from hyperstep.azureml_v1.exceptions import UserErrorException

    raise UserErrorException(message)
