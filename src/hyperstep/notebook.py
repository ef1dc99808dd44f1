"""Notebook: charts of a run that show themselves where they stand last in a cell, and can be saved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hyperstep.charts.curves import curves
from hyperstep.charts.dag import dag
from hyperstep.charts.history import history
from hyperstep.charts.importance import importance
from hyperstep.charts.pairs import pairs
from hyperstep.charts.parallel import parallel
from hyperstep.charts.slices import slices
from hyperstep.charts.svg import standalone
from hyperstep.charts.timeline import timeline
from hyperstep.errors import SubmissionError
from hyperstep.plots import curves_of, dag_of, importance_of, trials_of, tuning_of
from hyperstep.report.page import fragment
from hyperstep.report.view import best_lines
from hyperstep.store import queries
from hyperstep.store.queries import Db
from hyperstep.workspace import Workspace

_ROWS = 10  # of a table in a notebook


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A chart. svg: the drawing, a file of its own."""

    svg: str = field(repr=False)

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        return self.svg

    def save(self, path: str | Path) -> Path:
        """Write the chart as an SVG file; returns the path. Raises SubmissionError for a name of another kind."""
        target = Path(path)
        if target.suffix != ".svg":
            raise SubmissionError(
                f"A chart is saved as SVG, but the file is to be {str(target)!r}. End its name in .svg."
            )
        target.write_text(self.svg, encoding="utf-8", errors="replace")
        return target


@dataclass(frozen=True, slots=True, kw_only=True)
class Plots:
    """The charts of a run. Each takes a tuning step's name, which may be left out where there is one only.

    run: its id. workspace: the folder that holds it. Raises NotFound if there is no such step.
    """

    run: str
    workspace: Path

    def history(self, step: str | None = None, *, by: Literal["number", "time"] = "number") -> Plot:
        """The metric of each trial by number or time, and the best so far."""
        with self._searched(step) as (db, identity):
            return Plot(svg=standalone(history(trials_of(db, identity), by=by)))

    def parallel(self, step: str | None = None) -> Plot:
        """An axis for each parameter and one for the metric, a line for each trial."""
        with self._searched(step) as (db, identity):
            return Plot(svg=standalone(parallel(trials_of(db, identity))))

    def curves(self, step: str | None = None) -> Plot:
        """What trials reported on their way, and where the policy stopped them."""
        with self._searched(step) as (db, identity):
            return Plot(svg=standalone(curves(curves_of(db, identity))))

    def slices(self, step: str | None = None) -> Plot:
        """The metric against each parameter."""
        with self._searched(step) as (db, identity):
            return Plot(svg=standalone(slices(trials_of(db, identity), width=960)))

    def pairs(self, x: str = "", y: str = "", *, step: str | None = None) -> Plot:
        """Two parameters, `--alpha`, each trial coloured by its score; left out, the two that it goes with most."""
        with self._searched(step) as (db, identity):
            return Plot(svg=standalone(pairs(trials_of(db, identity), x, y)))

    def importance(self, step: str | None = None) -> Plot:
        """How much of the differences in score each parameter explains."""
        with self._searched(step) as (db, identity):
            return Plot(svg=standalone(importance(trials_of(db, identity), importance_of(db, identity))))

    def timeline(self, step: str | None = None) -> Plot:
        """A bar for each trial, by slot."""
        with self._searched(step) as (db, identity):
            return Plot(svg=standalone(timeline(trials_of(db, identity))))

    def dag(self) -> Plot:
        """The steps, and what flows between them."""
        with self._opened() as opened:
            return Plot(svg=standalone(dag(dag_of(opened.store.db, self.run))))

    def _repr_html_(self) -> str:
        """A sentence, a chart and the best trials of each search; without one, the steps."""
        with self._opened() as opened:
            db = opened.store.db
            row = queries.run(db, self.run)
            steps = [step for step in queries.steps(db, self.run) if step.kind == "tune"]
            searches = tuple(best_lines(db, step, _ROWS) for step in steps)
            return fragment(f"Run {row.id} of {row.pipeline}: {row.state}", searches, dag(dag_of(db, self.run)))

    @contextmanager
    def _searched(self, name: str | None) -> Iterator[tuple[Db, str]]:
        """The store, and the id of the tuning step that ran the trials."""
        with self._opened() as opened:
            yield opened.store.db, tuning_of(opened.store.db, self.run, name).id

    def _opened(self) -> Workspace:
        return Workspace.open(self.workspace, create=False, read_only=True)
