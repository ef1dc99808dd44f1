"""Actions: what a person or program asks of a workspace beside running a file, each recorded as an event.

Whoever drives the run hears of it and performs it; what can't be meant is
refused with words before anything is recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hyperstep.document import digest
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import (
    ArtifactStored,
    PipelinePublished,
    RunDeleted,
    RunSubmitted,
    SearchStopRequested,
    TrialStopRequested,
)
from hyperstep.engine.ids import run_of
from hyperstep.engine.outputs import outputs_of
from hyperstep.errors import NotFound, SubmissionError
from hyperstep.pipeline.chosen import chosen_parameters
from hyperstep.pipeline.data import OutputOf
from hyperstep.pipeline.names import did_you_mean, listed
from hyperstep.pipeline.parameter import ParameterValue
from hyperstep.pipeline.register import RegisterStep
from hyperstep.store import queries
from hyperstep.store.earlier import extended
from hyperstep.store.queries import Db
from hyperstep.workspace import Workspace


def stop_trial(workspace: Workspace, trial: str, *, by: str = "") -> None:
    """Ask for the end of a trial; its scores so far count.

    Raises NotFound if there is no such trial, SubmissionError if it has ended.
    """
    row = queries.trial(workspace.store.db, trial)
    if row.state != "running":
        raise SubmissionError(f"Trial {trial} has ended already: it is {row.state}. There is nothing to stop.")
    workspace.store.append(run_of(trial), [TrialStopRequested(step=row.step, number=row.number, by=by)])


def stop_search(workspace: Workspace, step: str, *, by: str = "") -> None:
    """Ask that a search tries nothing more; the trials that run go on to their end.

    Raises NotFound if there is no such step, SubmissionError if it is no search that runs.
    """
    row = queries.step(workspace.store.db, step)
    if row.kind != "tune":
        raise SubmissionError(f"{step!r} isn't a tuning step, so it has no trials to stop. Name one that is.")
    if row.state != "running":
        raise SubmissionError(f"{step!r} isn't running: it is {row.state}. Only a search that runs can be stopped.")
    workspace.store.append(row.run, [SearchStopRequested(step=step, by=by)])


def delete(workspace: Workspace, run: str, *, by: str = "") -> None:
    """Take a run out of the lists. What later runs and models need of it stays.

    Raises NotFound if there is no such run, SubmissionError if it hasn't ended.
    """
    row = queries.run(workspace.store.db, run)
    if row.ended_at is None:
        raise SubmissionError(f"Run {run} hasn't ended: it is {row.state}. Cancel it first, or wait for its end.")
    if not row.deleted:
        workspace.store.append(run, [RunDeleted(by=by)])


def register_trial(
    workspace: Workspace,
    trial: str,
    name: str,
    *,
    output: str = "",
    aliases: Sequence[str] = (),
    tags: Mapping[str, str] | None = None,
) -> int:
    """Register what any trial made as a model's next version; returns the version.

    output: one of what the trial made, such as `outputs/model.pkl`; if left out, the only thing that it made.
    Raises NotFound if there is no such trial or output, SubmissionError if it made several things and none is named.
    """
    made = made_by(workspace.store.db, queries.trial(workspace.store.db, trial).job)
    return workspace.register(name, _meant(made, output, trial), aliases=aliases, tags=tags, trial=trial)


def point(workspace: Workspace, name: str, alias: str, version: int) -> None:
    """Point an alias to a version of a model.

    Raises NotFound if there is no such version, DefinitionError for an alias that a RegisterStep refuses.
    """
    RegisterStep(name, OutputOf("a step", "a model"), aliases=(alias,))
    workspace.store.set_alias(name, alias, version)


def made_by(db: Db, job: str) -> dict[str, Artifact]:
    """What a job made, by name: outputs, and each file and folder below `outputs/`."""
    return dict(
        outputs_of(
            ArtifactStored(job=row.job, name=row.name, artifact=row.artifact, members=row.members)
            for row in queries.artifacts(db, job)
        )
    )


def submission(
    published: PipelinePublished,
    parameters: Mapping[str, ParameterValue],
    *,
    key: str = "",
    labels: Mapping[str, str] | None = None,
    fresh: bool = False,
    keep_going: bool = True,
) -> RunSubmitted:
    """A run of a published pipeline, for the workspace's server to drive.

    key: names this submission within the pipeline, so that it is made once however often it is asked for.
    Raises UnknownParameter and SubmissionError for the parameters.
    """
    chosen = chosen_parameters(published.submission.pipeline, parameters)
    labels = dict(labels or {})
    return replace(
        published.submission,
        parameters=chosen,
        labels=labels,
        fresh=fresh,
        keep_going=keep_going,
        queued=True,
        published=f"{published.name}/{published.version}",
        request=key,
        asked=digest([chosen, labels, fresh, keep_going]) if key else "",
    )


def extension(db: Db, identity: str, trials: int) -> RunSubmitted:
    """More trials for a finished search, for the workspace's server to drive; arguments as for Workspace.extend."""
    return replace(extended(db, identity, trials), queued=True, request="", asked="")


def _meant(made: Mapping[str, Artifact], output: str, trial: str) -> Artifact:
    if output:
        if output not in made:
            raise NotFound(
                f"Trial {trial} made nothing called {output!r}; it made {listed(made)}.{did_you_mean(output, made)}"
            )
        return made[output]
    whole = {name: artifact for name, artifact in made.items() if name != "outputs"} or made
    if len(whole) != 1:
        raise SubmissionError(f"Trial {trial} made {listed(made)}. Name the one to register.")
    return next(iter(whole.values()))
