"""A finished run from Python: its best trial, its table of trials, its models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hyperstep.charts.numbers import exact
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import ArtifactStored, ModelRegistered
from hyperstep.engine.outputs import outputs_of
from hyperstep.errors import NotFound, SubmissionError
from hyperstep.pipeline.names import did_you_mean, listed
from hyperstep.plots import tuning_of
from hyperstep.search.values import Values
from hyperstep.store import queries
from hyperstep.store.rows import ModelRow, TrialRow
from hyperstep.store.tables import trial_records
from hyperstep.workspace import Workspace

if TYPE_CHECKING:
    import pandas

    from hyperstep.notebook import Plots


@dataclass(frozen=True, slots=True, kw_only=True)
class BestTrial:
    """The best trial of a search.

    id: such as `1/tune/3`. values: what it tried. score: its best value of the primary metric.
    metrics: the last value of each metric that it logged. files: what it made, by the names that `save` takes.
    """

    id: str
    values: Values
    metric: str
    score: float
    metrics: Mapping[str, float]
    files: tuple[str, ...]
    workspace: Path = field(repr=False)

    def _repr_html_(self) -> str:
        from hyperstep.report.page import trial_fragment

        return trial_fragment(self.id, f"{self.metric} {exact(self.score)}", self.values, self.metrics)

    def save(self, name: str, to: str | Path) -> Path:
        """Copy a file or folder that the trial made to a path that doesn't exist yet; returns the path.

        name: one of `files`, such as `outputs/model`.
        Raises NotFound if the trial made nothing of this name, SubmissionError if something lies at the path already.
        """
        target = Path(to)
        if target.exists():
            raise SubmissionError(f"{str(target)!r} is there already. Remove it first, or save under another name.")
        with Workspace.open(self.workspace, create=False, read_only=True) as workspace:
            made = _made(workspace, queries.trial(workspace.store.db, self.id))
            if name not in made:
                raise NotFound(
                    f"Trial {self.id} made nothing called {name!r}; it made {listed(made)}.{did_you_mean(name, made)}"
                )
            workspace.artifacts.checkout(made[name], target)
        return target


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """A run that completed.

    id: its number, as text. workspace: the folder that holds it.
    """

    id: str
    workspace: Path

    def best(self, step: str | None = None) -> BestTrial:
        """The best trial of a tuning step.

        step: the step's name; None if the pipeline has one tuning step only.
        Raises NotFound if there is no such step.
        """
        with Workspace.open(self.workspace, create=False, read_only=True) as workspace:
            row = tuning_of(workspace.store.db, self.id, step)
            found = queries.trial(workspace.store.db, f"{row.id}/{row.best}")
            assert found.best_score is not None, "the best trial has a score"
            return BestTrial(
                id=found.id,
                values=found.values,
                metric=row.metric,
                score=found.best_score,
                metrics=queries.last_metrics(workspace.store.db, found.job),
                files=tuple(_made(workspace, found)),
                workspace=self.workspace,
            )

    def trials(self, step: str | None = None) -> tuple[TrialRow, ...]:
        """The trials of a tuning step, best first; `step` as in `best`."""
        with Workspace.open(self.workspace, create=False, read_only=True) as workspace:
            return queries.trials(workspace.store.db, tuning_of(workspace.store.db, self.id, step).id, order="best")

    def table(self, step: str | None = None) -> pandas.DataFrame:
        """The trials of a tuning step as a pandas data frame, best first; `step` as in `best`.

        Columns: trial, state, each option that was sampled (`--alpha`), the last value of each metric, reports,
        seconds, reason, id, job. Raises ImportError if pandas isn't installed: hyperstep doesn't bring it.
        """
        import pandas

        with Workspace.open(self.workspace, create=False, read_only=True) as workspace:
            rows = queries.trials(workspace.store.db, tuning_of(workspace.store.db, self.id, step).id, order="best")
            return pandas.DataFrame(trial_records(workspace.store.db, rows))

    def models(self) -> tuple[ModelRow, ...]:
        """The model versions that this run registered, oldest first."""
        with Workspace.open(self.workspace, create=False, read_only=True) as workspace:
            db = workspace.store.db
            granted = [one.event for one in queries.events(db, self.id, [ModelRegistered])]
            return tuple(
                queries.model(db, event.name, event.version) for event in granted if isinstance(event, ModelRegistered)
            )

    @property
    def plot(self) -> Plots:
        """The charts of the run: `run.plot.history()`, `.parallel()`, `.curves()`, `.dag()` and others."""
        from hyperstep.notebook import Plots

        return Plots(run=self.id, workspace=self.workspace)

    def _repr_html_(self) -> str:
        return self.plot._repr_html_()


def _made(workspace: Workspace, trial: TrialRow) -> dict[str, Artifact]:
    stored = queries.artifacts(workspace.store.db, trial.job)
    return dict(
        outputs_of(
            ArtifactStored(job=row.job, name=row.name, artifact=row.artifact, members=row.members) for row in stored
        )
    )
