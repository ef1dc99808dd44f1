"""RunState: what the events so far make true of one run.

A fold over the log: `apply` takes one event after the other and does nothing
else. It is the only memory of the engine; a driver that starts again folds
the log again and knows what the killed one knew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatchmethod

from hyperstep.engine import events as e
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import Recorded, Result
from hyperstep.engine.ids import JobId, RunId, attempt_of, step_id, step_of, trial_of
from hyperstep.engine.job import MOST_LOSSES, Ending, Outcome
from hyperstep.engine.outputs import outputs_of
from hyperstep.engine.tuning_state import TuneState
from hyperstep.pipeline.graph import order, predecessors, slugs
from hyperstep.pipeline.pipeline import AnyStep
from hyperstep.pipeline.tune import TuneStep
from hyperstep.search.trial import Trial


class StepState:
    """One step of a run: how far it is, and what it made.

    ready: its StepReady, once all it waits for is there. answered: True once it is known that nothing earlier can be
    reused; from then on the step computes. job, attempt, outcome, losses, stop: of a plain step, as in OpenTrial.
    """

    def __init__(self, definition: AnyStep, identity: str, before: frozenset[str], prior: Sequence[Trial] = ()) -> None:
        self.definition = definition
        self.id = identity
        self.before = before
        self.ready: e.StepReady | None = None
        self.answer: e.ReuseAnswered | None = None
        self.answered = False
        self.job = ""
        self.attempt = 0
        self.outcome: Outcome | None = None
        self.losses = 0
        self.stop: e.JobStopRequested | None = None
        self.artifacts: dict[str, e.ArtifactStored] = {}
        self.wish: e.ModelRequested | None = None
        self.granted: e.ModelRegistered | None = None
        self.tuning = TuneState(definition, prior) if isinstance(definition, TuneStep) else None
        self.ended: e.StepEnded | None = None

    @property
    def runs_again(self) -> bool:
        """True if its newest job never had its chance, and wasn't lost too often."""
        return self.outcome is not None and self.outcome.runs_again and self.losses < MOST_LOSSES

    @property
    def outputs(self) -> dict[str, Artifact]:
        """What the step made, once it has ended."""
        return dict(self.ended.outputs) if self.ended else {}


class LivingJob:
    """A job that was requested and whose end isn't recorded.

    heard: number of its last message that is recorded. stop: the wish to stop it, if there is one.
    """

    __slots__ = ("heard", "request", "stop")

    def __init__(self, request: e.JobRequested) -> None:
        self.request = request
        self.heard = 0
        self.stop: e.JobStopRequested | None = None


class RunState:
    """One run, folded from its events."""

    def __init__(self, run: RunId, recorded: Iterable[Recorded] = ()) -> None:
        self.run = run
        self.submitted: e.RunSubmitted | None = None
        self.steps: dict[str, StepState] = {}  # by the step's name, each after all it waits for
        self.jobs: dict[JobId, LivingJob] = {}
        self.models: dict[str, e.ModelRequested] = {}  # wishes that aren't granted yet, by request
        self.waiting: dict[JobId, list[tuple[int, e.ModelRegistered]]] = {}  # versions that scripts may still wait for
        self.cancelled = False
        self.ended: e.RunEnded | None = None
        self.boot = ""
        self.elapsed = 0.0
        self._by_slug: dict[str, StepState] = {}
        for one in recorded:
            self.apply(one)

    def apply(self, recorded: Recorded) -> None:
        """Take in one event; in the order of the log, each once."""
        if isinstance(recorded.event, e.DriverStarted):
            self._boot(recorded.event, recorded.elapsed)
        self.elapsed = recorded.elapsed
        self._apply(recorded.event)

    def open_steps(self) -> Iterator[StepState]:
        """The steps that haven't ended, each after all it waits for."""
        return (step for step in self.steps.values() if step.ended is None)

    def step_of(self, identity: str) -> StepState:
        """The step that a step's, trial's or job's id belongs to."""
        return self._by_slug[step_of(identity)]

    def _boot(self, event: e.DriverStarted, elapsed: float) -> None:
        # After a boot the elapsed clock begins anew: searches keep the time that they had used when the last event
        # was recorded.
        if self.boot and event.boot != self.boot:
            for step in self.steps.values():
                if step.tuning is not None and step.tuning.since is not None:
                    step.tuning.since = elapsed - (self.elapsed - step.tuning.since)
        self.boot = event.boot

    @singledispatchmethod
    def _apply(self, event: object) -> None:
        """Events that change nothing here: they are for people, or say again what a request said."""

    @_apply.register
    def _(self, event: e.RunSubmitted) -> None:
        self.submitted = event
        by_name = {step.name: step for step in event.pipeline.steps}
        parts = slugs(event.pipeline)
        before = predecessors(event.pipeline)
        for name in order(event.pipeline):
            step = StepState(by_name[name], step_id(self.run, parts[name]), before[name], event.prior.get(name, ()))
            self.steps[name] = self._by_slug[parts[name]] = step

    @_apply.register
    def _(self, event: e.RunCancelRequested) -> None:  # noqa: ARG002 (dispatch is by its type)
        self.cancelled = True

    @_apply.register
    def _(self, event: e.TrialStopRequested) -> None:
        self._tuning(event.step).trial_unwanted(event)

    @_apply.register
    def _(self, event: e.SearchStopRequested) -> None:
        self._tuning(event.step).search_unwanted(event)

    @_apply.register
    def _(self, event: e.StepReady) -> None:
        step = self.step_of(event.step)
        step.ready = event
        step.answered = not event.reusable

    @_apply.register
    def _(self, event: e.ReuseAnswered) -> None:
        step = self.step_of(event.step)
        step.answered = True
        step.answer = event if event.reused else None

    @_apply.register
    def _(self, event: e.TrialSuggested) -> None:
        self._tuning(event.step).suggested(event, self.elapsed)

    @_apply.register
    def _(self, event: e.TrialAnswered) -> None:
        self._tuning(event.step).answered(event)

    @_apply.register
    def _(self, event: e.TrialEnded) -> None:
        self._tuning(event.step).trial_ended(event)

    @_apply.register
    def _(self, event: e.SearchExhausted) -> None:
        tuning = self._tuning(event.step)
        tuning.exhausted, tuning.broken = True, event.reason

    @_apply.register
    def _(self, event: e.TrialTableRequested) -> None:
        self._tuning(event.step).tables[event.ids] = None

    @_apply.register
    def _(self, event: e.TrialTableStored) -> None:
        self._tuning(event.step).tables[event.ids] = event.artifact

    @_apply.register
    def _(self, event: e.JobRequested) -> None:
        self.jobs[event.job.id] = LivingJob(event)
        step = self.step_of(event.job.id)
        if step.tuning is not None:
            step.tuning.requested(event)
            return
        step.job = event.job.id
        step.attempt = attempt_of(event.job.id) + 1
        step.outcome = step.stop = None
        step.artifacts = {}

    @_apply.register
    def _(self, event: e.MetricsLogged) -> None:
        self._hear(event.job, event.through)
        if trial_of(event.job) is not None:
            self._tuning(event.job).logged_metrics(event)

    @_apply.register
    def _(self, event: e.Tagged) -> None:
        self._hear(event.job, event.through)

    @_apply.register
    def _(self, event: e.ArtifactStored) -> None:
        self._hear(event.job, event.through)
        step = self.step_of(event.job)
        if step.tuning is not None:
            step.tuning.stored(event)
        elif step.job == event.job:
            step.artifacts[event.name] = event

    @_apply.register
    def _(self, event: e.JobStopRequested) -> None:
        step = self.step_of(event.job)
        if event.job in self.jobs:
            self.jobs[event.job].stop = event
        if step.tuning is not None:
            step.tuning.stop_requested(event)
        else:
            step.stop = event

    @_apply.register
    def _(self, event: e.JobEnded) -> None:
        self.jobs.pop(event.job, None)
        self.waiting.pop(event.job, None)
        step = self.step_of(event.job)
        if step.tuning is not None:
            step.tuning.job_ended(event)
        elif step.job == event.job:
            step.outcome = event.outcome
            step.losses += event.outcome.ending is Ending.LOST

    @_apply.register
    def _(self, event: e.ModelRequested) -> None:
        self.models[event.request] = event
        if event.job:
            self._hear(event.job, event.through)
        elif (step := self._registering(event)) is not None:
            step.wish = event

    @_apply.register
    def _(self, event: e.ModelRegistered) -> None:
        wish = self.models.pop(event.request, None)
        if wish is None:
            return
        if wish.job in self.jobs:
            self.waiting.setdefault(wish.job, []).append((wish.through, event))
        elif (step := self._registering(wish)) is not None:
            step.granted = event

    @_apply.register
    def _(self, event: e.StepEnded) -> None:
        self.step_of(event.step).ended = event

    @_apply.register
    def _(self, event: e.RunEnded) -> None:
        self.ended = event

    def _hear(self, job: JobId, through: int) -> None:
        living = self.jobs.get(job)
        if living is not None:
            living.heard = max(living.heard, through)

    def _registering(self, wish: e.ModelRequested) -> StepState | None:
        """The step whose wish it is; None for a script's, or a person's."""
        return next((step for step in self.steps.values() if step.id == wish.request), None)

    def _tuning(self, identity: str) -> TuneState:
        tuning = self.step_of(identity).tuning
        assert tuning is not None, f"{identity} isn't part of a tuning step"
        return tuning


def failed_step(state: RunState) -> StepState | None:
    """The first step, in order, that failed."""
    return next((s for s in state.steps.values() if s.ended and s.ended.result is Result.FAILED), None)


def plain_outputs(step: StepState) -> dict[str, Artifact]:
    """What a plain step's newest job made."""
    return dict(outputs_of(step.artifacts.values()))
