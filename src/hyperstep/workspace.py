"""Workspace: one folder that holds everything, and the only place where the parts are put together.

`Workspace.open()` finds or makes the `.hyperstep` folder; `submit` records a
run, `drive` advances it to its end, `cancel` asks whoever drives it to stop.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING
from uuid import uuid4

from hyperstep.compute.early import Links, begin
from hyperstep.detached import detach
from hyperstep.engine.artifact import Artifact, Member
from hyperstep.engine.events import (
    ModelRegistered,
    ModelRequested,
    Recorded,
    RunCancelRequested,
    RunEnded,
    RunSubmitted,
)
from hyperstep.engine.ids import run_of
from hyperstep.engine.resolve import source_key
from hyperstep.engine.storage import Storage, StorageBack, StorageFailed
from hyperstep.errors import DefinitionError, SubmissionError, WorkspaceMissing
from hyperstep.interpreter import check, installed
from hyperstep.pipeline.advice import warnings_of
from hyperstep.pipeline.chosen import chosen_parameters
from hyperstep.pipeline.data import Dataset, OutputOf
from hyperstep.pipeline.files import check_sources
from hyperstep.pipeline.graph import inputs_of, script_of
from hyperstep.pipeline.parameter import ParameterValue
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.pipeline.register import RegisterStep
from hyperstep.pipeline.source import Source
from hyperstep.pipeline.tune import TuneStep
from hyperstep.place import ARTIFACTS, DATABASE, HOME, close_home, is_workspace, make_home, nearest
from hyperstep.store import queries
from hyperstep.store.artifacts import FolderArtifacts
from hyperstep.store.blobs import Durability
from hyperstep.store.clock import SystemClock
from hyperstep.store.code import code_digest
from hyperstep.store.earlier import extended, prior_trials
from hyperstep.store.lock import WorkspaceLock
from hyperstep.store.reserve import FileReserve
from hyperstep.store.snapshot import snapshot
from hyperstep.store.sqlite import SqliteStore
from hyperstep.supervisor.linux import boot_id

if TYPE_CHECKING:
    from hyperstep.engine.driver import Driver

WITHIN = "hyperstep.within"
"""The label of a run that a job has submitted: the job's id. It is driven once the job's own run has ended."""

_PUBLISHED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_RECENT = 1000  # runs, among which those are that a job of the newest has submitted

OnEvent = Callable[[Recorded], None]
OnStorage = Callable[[StorageFailed | StorageBack], None]


class Workspace:
    """An open workspace. Use it in a `with` statement, in one thread; only `interrupt` may be called from others.

    folder: the folder that holds `.hyperstep`. home: `.hyperstep` itself.
    """

    def __init__(
        self, folder: Path, *, read_only: bool = False, begun: Links | None = None, durability: Durability = "full"
    ) -> None:
        self.folder = folder
        self.home = folder / HOME
        self.artifacts = FolderArtifacts(self.home / ARTIFACTS, durability=durability)
        self.store = SqliteStore(
            self.home / DATABASE, read_only=read_only, artifacts=self.artifacts, durability=durability
        )
        self._begun = begun or {}
        self._claim = ExitStack()
        self._claimed = False
        self._driver: Driver | None = None
        self._interrupts = 0

    @classmethod
    def open(
        cls,
        folder: Path | None = None,
        *,
        create: bool = True,
        read_only: bool = False,
        begun: Links | None = None,
        durability: Durability = "full",
    ) -> Workspace:
        """Open the workspace of a folder.

        folder: None for the one that the environment variable HYPERSTEP_WORKSPACE names, else the nearest folder from
            the working folder upwards that has one, else the working folder.
        create: make the workspace if there is none. begun: what compute.early has begun for it.
        durability: `full`: what is recorded survives a loss of power; `normal`: the death of any process.
        Raises WorkspaceMissing if there is none and none is to be made, WorkspaceTooNew if a later version wrote it,
            WorkspaceNotYours if it is another user's and not to be read only.
        """
        found = folder or nearest()
        if not is_workspace(found):
            if not create:
                raise WorkspaceMissing(
                    f"There is no workspace in {str(found)!r} or above: nothing has run here yet. "
                    f"Start a run there, or name the workspace's folder with --workspace."
                )
            if not found.is_dir():
                raise WorkspaceMissing(f"{str(found)!r} isn't a folder. Make it first, or name another.")
            make_home(found)
        if not read_only:
            close_home(found / HOME)
        return cls(found.resolve(), read_only=read_only, begun=begun, durability=durability)

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the store, end the warm processes that no job needs, and let others drive."""
        for link in self._begun.values():
            link.leave(wait=0)
        self._begun = {}
        self.store.close()
        self._claim.close()

    def claim(self, *, wait: bool = False) -> None:
        """Make this process the workspace's driver until `close`, so that what is submitted can be driven at once.

        Raises WorkspaceBusy if another process is, unless `wait` says to wait for its end.
        """
        if not self._claimed:
            self._claim.enter_context(WorkspaceLock(self.home / "driver.lock", wait=wait))
            self._claimed = True

    def submit(
        self,
        pipeline: Pipeline,
        parameters: Mapping[str, ParameterValue] | None = None,
        *,
        fresh: bool = False,
        origin: str = "",
        base: Path | None = None,
        labels: Mapping[str, str] | None = None,
        keep_going: bool = True,
        kept: Mapping[str, Artifact] | None = None,
        queued: bool = False,
    ) -> str:
        """Record a run of a pipeline and return its id; nothing runs yet.

        Its sources and data sets are copied now: what is edited later doesn't change it.
        parameters: values that differ from the defaults, by name.
        fresh: compute every step anew, even if an earlier result could be taken.
        origin: what was run, for people.
        base: the folder that relative paths are seen from; None for the working folder.
        labels: what the run is to be found by.
        keep_going: False to stop the other steps when one fails.
        kept: copies of source folders that `snapshot` made earlier, by the folder as the pipeline names it; they are
            run in place of what lies in the folders now, which need not be there any more.
        queued: True to leave it to the workspace's server, `hyperstep up`, to drive it.
        Raises DefinitionError for missing scripts and files, UnknownParameter and SubmissionError for the parameters.
        """
        base = base or Path.cwd()
        chosen = chosen_parameters(pipeline, parameters or {})
        check_sources(pipeline, base, kept or {})
        environments = _environments(pipeline)
        # Where the pipeline ran before all its steps may be reused, and importing for it would be the longest part.
        if self._claimed and not self._begun and (fresh or not queries.has_run(self.store.db, pipeline.name)):
            self._begun = begin(pipeline, base, self.home)
        event = self._submission(pipeline, base, origin, kept or {}, environments)
        return self.store.new_run(
            replace(
                event,
                parameters=chosen,
                fresh=fresh,
                labels=dict(labels or {}),
                keep_going=keep_going,
                queued=queued,
            )
        )

    def publish(
        self, pipeline: Pipeline, name: str = "", *, origin: str = "", base: Path | None = None, description: str = ""
    ) -> int:
        """Keep a pipeline with its sources and data as they are now, to be run by its name; returns its version.

        name: the pipeline's own if left out; letters, digits, `-`, `_` and `.`.
        Raises DefinitionError as `submit` does, and for another name.
        """
        name = name or pipeline.name
        if not _PUBLISHED.fullmatch(name):
            raise DefinitionError(
                f"A pipeline can't be published as {name!r}: a name is letters, digits, '-', '_' and '.', at most 128, "
                f"beginning with a letter or a digit. Choose one with --name."
            )
        base = base or Path.cwd()
        check_sources(pipeline, base, {})
        event = self._submission(pipeline, base, origin, {}, _environments(pipeline))
        self.artifacts.sync([*event.sources.values(), *event.datasets.values()])
        return self.store.publish(name, event, description=description)

    def _submission(
        self, pipeline: Pipeline, base: Path, origin: str, kept: Mapping[str, Artifact], environments: dict[str, str]
    ) -> RunSubmitted:
        """What is asked for with a run of this pipeline as its files are now, parameters at their defaults."""
        prior = {
            step.name: prior_trials(self.store.db, step.resume_from, step.metric)
            for step in pipeline.steps
            if isinstance(step, TuneStep) and step.resume_from
        }
        sources = self._sources(pipeline, base, kept)
        return RunSubmitted(
            pipeline=pipeline,
            parameters=pipeline.parameters,
            sources=sources,
            code=self._code(pipeline, sources, base, origin),
            datasets=self._datasets(pipeline, base),
            prior=prior,
            installed=environments,
            origin=origin,
        )

    def snapshot(self, folder: Path) -> Artifact:
        """Copy a folder of scripts as it is now, less what its ignore rules name, for `submit` to run later."""
        return snapshot(Source(str(folder)), self.artifacts, base=folder)

    def extend(self, identity: str, trials: int) -> str:
        """Record a run that goes on with a finished search, and return its id; nothing runs yet.

        The earlier trials' values come first and their results are taken; then the sampler goes on from there. Code,
        data and parameters are those of the earlier run, whatever lies in its folder now.
        identity: the run, if it has one tuning step, or the tuning step: 41 or 41/tune. trials: how many more.
        Raises NotFound if there is no such search, SubmissionError if it hasn't ended.
        """
        event = extended(self.store.db, identity, trials)
        return self.store.new_run(event)

    def drive(
        self, run: str, *, on_event: OnEvent | None = None, on_storage: OnStorage | None = None
    ) -> RunEnded | None:
        """Advance a run to its end and return that, or None if `interrupt` came first.

        on_event: called for each event right after it is recorded, in this thread. on_storage: called, in any thread,
            when the disk is full or fails, and when it is back; until then nothing can be recorded.
        Raises WorkspaceBusy if another process drives this workspace, NotFound if there is no such run.
        """
        from hyperstep.compute.local import LocalCompute
        from hyperstep.engine.driver import Driver, Means

        queries.run(self.store.db, run)
        lock = nullcontext() if self._claimed else WorkspaceLock(self.home / "driver.lock")
        with (
            lock,
            FileReserve(self.home / "reserve") as reserve,
            LocalCompute(
                self.home, self.artifacts, begun=self._begun, storage=(storage := Storage(reserve))
            ) as compute,
        ):
            self._begun = {}
            means = Means(
                log=self.store,
                registry=self.store,
                artifacts=self.artifacts,
                compute=compute,
                clock=SystemClock(),
                boot=boot_id(),
                storage=storage,
            )
            if on_storage is not None:
                storage.tell(on_storage)
            self._driver = Driver(run, means, on_event)
            if self._interrupts:  # while the above was being made
                self._driver.interrupt(self._interrupts)
            try:
                ended = self._driver.drive()
            finally:
                self._driver, self._interrupts = None, 0
        if ended is not None:
            for row in queries.runs(self.store.db, limit=_RECENT):
                if row.ended_at is None and row.labels.get(WITHIN, "").partition("/")[0] == run:
                    detach(self.folder, row.id)
        return ended

    def interrupt(self) -> None:
        """Ask `drive` to stop its jobs and return; a second time, to kill them. From any thread or signal handler.

        If nothing is driven, that holds for the next `drive`.
        """
        self._interrupts += 1
        if self._driver is not None:
            self._driver.interrupt(self._interrupts)

    def register(
        self,
        name: str,
        what: Path | Artifact,
        *,
        aliases: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        run: str | None = None,
        step: str | None = None,
        trial: str | None = None,
    ) -> int:
        """Register a file or folder, or what a job made, as a model's next version; returns the version's number.

        run, step, trial: the id of what it comes from, if it comes from a run; the closest one is enough.
        Raises NotFound if there is no such run, step or trial, DefinitionError for names that a RegisterStep refuses.
        """
        RegisterStep(name, OutputOf("a step", "a model"), aliases=tuple(aliases), tags=tags or {})
        for identity, look in ((run, queries.run), (step, queries.step), (trial, queries.trial)):
            if identity:
                look(self.store.db, identity)
        artifact = what if isinstance(what, Artifact) else self.artifacts.put(what)[0]
        self.artifacts.sync([artifact])
        wish = ModelRequested(
            request=f"hand/{uuid4()}",
            name=name,
            artifact=artifact,
            aliases=tuple(aliases),
            tags=dict(tags or {}),
            step="" if trial else step or "",
            trial=trial or "",
        )
        recorded = self.store.register(run_of(trial or step or run or ""), wish)
        granted = recorded[-1].event
        assert isinstance(granted, ModelRegistered), "the wish is new, so it is recorded and granted"
        return granted.version

    def cancel(self, run: str, *, by: str = "") -> None:
        """Ask for the end of a run, whoever drives it.

        Raises NotFound if there is no such run, SubmissionError if it has ended already.
        """
        row = queries.run(self.store.db, run)
        if row.ended_at is not None:
            raise SubmissionError(f"Run {run} has ended already: it {row.state}. There is nothing to cancel.")
        self.store.append(run, [RunCancelRequested(by=by)])

    def warnings(self, pipeline: Pipeline) -> tuple[str, ...]:
        """What is legal in a pipeline and still unlikely to be meant."""
        return warnings_of(pipeline)

    def _sources(self, pipeline: Pipeline, base: Path, kept: Mapping[str, Artifact]) -> dict[str, Artifact]:
        sources = {source_key(script.source): script.source for script in map(script_of, pipeline.steps) if script}
        return {
            key: kept.get(source.folder) or snapshot(source, self.artifacts, base=base)
            for key, source in sources.items()
        }

    def _code(self, pipeline: Pipeline, sources: Mapping[str, Artifact], base: Path, origin: str) -> dict[str, str]:
        """Digest of each step's code, by the step's name.

        Raises DefinitionError for a script that the rules of its folder leave out.
        """
        scripts = {step.name: script for step in pipeline.steps if (script := script_of(step))}
        found = {}
        for name, script in scripts.items():
            members = self.artifacts.members(sources[source_key(script.source)])
            if script.command:
                continue  # it may use any file, so all of them count
            if not any(member.path == script.script for member in members):
                raise DefinitionError(
                    f"Step {name!r} runs {script.script!r}, but the ignore rules of {script.source.folder!r} leave it "
                    f"out. Change .amlignore, .gitignore or Source(ignore=...)."
                )
            folder = (base / script.source.folder).resolve()
            apart = {other.script for other in scripts.values() if other.source.folder == script.source.folder} - {""}
            defining = Path(origin.partition(":")[0]).resolve()
            if origin and defining.is_relative_to(folder):
                apart.add(defining.relative_to(folder).as_posix())
            found[name] = code_digest(members, self._content, script.script, apart)
        return found

    def _content(self, member: Member) -> bytes:
        with self.artifacts.open(Artifact(digest=member.digest, size=member.size)) as file:
            return file.read()

    def _datasets(self, pipeline: Pipeline, base: Path) -> dict[str, Artifact]:
        paths = {ref.path for step in pipeline.steps for ref in inputs_of(step) if isinstance(ref, Dataset)}
        return {path: self.artifacts.put((base / path).resolve())[0] for path in sorted(paths)}


def _environments(pipeline: Pipeline) -> dict[str, str]:
    names = {script.environment.python for script in map(script_of, pipeline.steps) if script}
    for name in names:
        check(name)
    return {name or "": installed(name) for name in names}
