"""TuneState: what the events so far make true of one tuning step.

The policy is asked here, at the report it is due at, because its answer must
depend on nothing but the events before it: so a killed search that is folded
again wishes to stop the same trials, however its events were batched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import (
    ArtifactStored,
    JobEnded,
    JobRequested,
    JobStopRequested,
    MetricsLogged,
    SearchStopRequested,
    TrialAnswered,
    TrialEnded,
    TrialStopRequested,
    TrialSuggested,
)
from hyperstep.engine.ids import attempt_of, trial_of
from hyperstep.engine.job import MOST_LOSSES, Ending, Outcome
from hyperstep.engine.outputs import outputs_of
from hyperstep.pipeline.tune import TuneStep
from hyperstep.search.history import History
from hyperstep.search.policies.none import NoPolicy
from hyperstep.search.policy import is_due
from hyperstep.search.trial import Trial, TrialStatus


class OpenTrial:
    """A trial that isn't over: its values, its newest job, and what is wished of it.

    answered: True once it is known that no earlier trial's result can be taken. taken: that result, if there is one.
    job: empty until one is requested; attempt: number of the next one. outcome: how the newest job ended, None while
    it lives. failures: attempts that failed; losses: those that were lost. wish: the policy's reason to stop it;
    unwanted: a person's, or empty. stop: who asked for its stop, and why.
    """

    __slots__ = (
        "answered",
        "artifacts",
        "attempt",
        "failures",
        "job",
        "losses",
        "outcome",
        "reports",
        "stop",
        "suggestion",
        "taken",
        "unwanted",
        "wish",
    )

    def __init__(self, suggestion: TrialSuggested) -> None:
        self.suggestion = suggestion
        self.answered = not suggestion.key
        self.taken: TrialAnswered | None = None
        self.failures = 0
        self.losses = 0
        self.attempt = 0
        self.job = ""
        self.outcome: Outcome | None = None
        self.reports = 0
        self.wish: str | None = None
        self.unwanted = ""
        self.stop: JobStopRequested | None = None
        self.artifacts: dict[str, ArtifactStored] = {}

    @property
    def number(self) -> int:
        """The trial's number in its search."""
        return self.suggestion.number

    @property
    def failed(self) -> bool:
        """True if its newest job had its chance and failed, by an exit code or a signal."""
        outcome = self.outcome
        return outcome is not None and (
            outcome.ending is Ending.SIGNALLED or (outcome.ending is Ending.EXITED and outcome.code != 0)
        )

    @property
    def runs_again(self) -> bool:
        """True if its newest job never had its chance, and wasn't lost too often."""
        return self.outcome is not None and self.outcome.runs_again and self.losses < MOST_LOSSES

    @property
    def lives(self) -> bool:
        """True while its newest job was requested and hasn't ended."""
        return bool(self.job) and self.outcome is None


class TuneState:
    """One tuning step: its history, its open trials, and the files of its best trial so far."""

    def __init__(self, step: TuneStep, prior: Sequence[Trial] = ()) -> None:
        self.step = step
        self.history = History(step.metric.goal, prior)
        self._policy = None if isinstance(step.policy, NoPolicy) else step.policy
        self.open: dict[int, OpenTrial] = {}
        self.logged: dict[str, None] = {}  # names of the metrics that any trial logged, in the order of their first use
        self.most_reports = 0
        self.completed = 0
        self.failed = 0
        self.first_failure = ""
        self.silent = 0  # trials whose script ended well and never logged the metric
        self.given_up = ""  # why the search ends early, once its first trials have all failed
        self.halted = ""  # why nothing more is to be tried, if somebody asked for that
        self.exhausted = False
        self.broken = ""  # why the sampler can't propose
        self.since: float | None = None  # elapsed seconds at the first suggestion
        self.best_outputs: Mapping[str, Artifact] = {}
        self.tables: dict[str, Artifact | None] = {}  # by their form of ids, None while one is being written

    def suggested(self, event: TrialSuggested, elapsed: float) -> None:
        """Take in a suggestion; the first one starts the clock of the search's duration."""
        if self.since is None:
            self.since = elapsed
        self.history.suggest(event.number, event.values)
        self.open[event.number] = OpenTrial(event)

    def answered(self, event: TrialAnswered) -> None:
        """Take in an earlier trial's result, or that there is none."""
        trial = self.open.get(event.number)
        if trial is None:
            return
        trial.answered = True
        if event.found:
            trial.taken = event
            self.logged.setdefault(self.step.metric.name)
            self.most_reports = max(self.most_reports, len(event.scores))
            for score in event.scores:
                self.history.report(event.number, score)

    def requested(self, event: JobRequested) -> None:
        """Take in an attempt; what an earlier attempt of the trial reported no longer counts."""
        trial = self._trial(event.job.id)
        if trial is None:
            return
        trial.job = event.job.id
        trial.attempt = attempt_of(event.job.id) + 1
        trial.outcome = trial.wish = trial.stop = None
        trial.artifacts = {}
        if trial.reports:
            trial.reports = 0
            self.history.restart(trial.number)

    def logged_metrics(self, event: MetricsLogged) -> None:
        """Take in reports, and ask the policy at each that it is due at."""
        trial = self._trial(event.job)
        metric = self.step.metric.name
        for point in event.points:
            self.logged.setdefault(point.name)
            if trial is None or trial.job != event.job or point.name != metric:
                continue
            self.history.report(trial.number, point.value)
            trial.reports += 1
            self.most_reports = max(self.most_reports, trial.reports)
            if self._policy and trial.wish is None and is_due(self._policy, trial.reports):
                trial.wish = self._policy.reason_to_stop(self.history.trial(trial.number), self.history)

    def stored(self, event: ArtifactStored) -> None:
        """Take in what a trial's newest job made."""
        trial = self._trial(event.job)
        if trial is not None and trial.job == event.job:
            trial.artifacts[event.name] = event

    def stop_requested(self, event: JobStopRequested) -> None:
        """Take in that a trial is being stopped, and why."""
        trial = self._trial(event.job)
        if trial is not None:
            trial.stop = event

    def trial_unwanted(self, event: TrialStopRequested) -> None:
        """Take in that somebody wants a trial to end; if it has ended, that is too late."""
        trial = self.open.get(event.number)
        if trial is not None:
            trial.unwanted = asked_for("it", event.by)

    def search_unwanted(self, event: SearchStopRequested) -> None:
        """Take in that somebody wants nothing more to be tried."""
        self.halted = asked_for("the search", event.by)

    def job_ended(self, event: JobEnded) -> None:
        """Take in the end of a trial's newest job; that of an older one counts for nothing."""
        trial = self._trial(event.job)
        if trial is not None and trial.job == event.job:
            trial.outcome = event.outcome
            trial.failures += trial.failed
            trial.losses += event.outcome.ending is Ending.LOST

    def trial_ended(self, event: TrialEnded) -> None:
        """Close a trial, and keep its files if it is the best so far."""
        trial = self.open.pop(event.number)
        self.history.end(event.number, event.status)
        if event.status is TrialStatus.COMPLETED:
            self.completed += 1
            best = self.history.best()
            if best is not None and best.number == event.number:
                self.best_outputs = trial.taken.outputs if trial.taken else outputs_of(trial.artifacts.values())
        elif event.status is TrialStatus.FAILED:
            self.failed += 1
            self.first_failure = self.first_failure or f"trial {event.number} {event.reason}"
            if trial.outcome is not None and trial.outcome.succeeded:
                self.silent += 1
        self.given_up = self.given_up or self._hopeless()

    def _hopeless(self) -> str:
        limits, finished = self.step.limits, len(self.history.finished)
        if self.failed == finished == limits.first_failures:
            return f"the first {finished} trials all failed"
        share = limits.failed_share
        if share is not None and self.failed > share * finished and self.failed >= max(1, limits.first_failures):
            return f"{self.failed} of {finished} trials failed, a larger share than {share:g}"
        return ""

    def _trial(self, job: str) -> OpenTrial | None:
        number = trial_of(job)
        return None if number is None else self.open.get(number)


def asked_for(what: str, by: str) -> str:
    """Why something is to stop that somebody asked to stop."""
    return f"{what} was stopped by {by}" if by else f"{what} was stopped by hand"
