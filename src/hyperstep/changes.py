"""Changes: what a step that ran differs in from the same step of an earlier run, down to files and fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import PurePosixPath

from hyperstep.engine.events import RunSubmitted, StepReady
from hyperstep.engine.resolve import source_key
from hyperstep.errors import ArtifactDamaged, NotFound
from hyperstep.pipeline.environment import Environment
from hyperstep.pipeline.fingerprint import differences
from hyperstep.pipeline.graph import script_of
from hyperstep.pipeline.step import Step
from hyperstep.pipeline.tune import Limits, TuneStep
from hyperstep.store import queries
from hyperstep.store.artifacts import FolderArtifacts
from hyperstep.store.queries import Db
from hyperstep.store.rows import StepRow

FILES_NAMED = 5


def submission(db: Db, run: str) -> RunSubmitted:
    """What was asked for when a run was submitted."""
    (recorded,) = queries.events(db, run, [RunSubmitted])
    assert isinstance(recorded.event, RunSubmitted), "only this kind was asked for"
    return recorded.event


def readiness(db: Db, step: StepRow) -> StepReady:
    """What a step would compute, as it was recorded when it was ready."""
    for recorded in queries.events(db, step.run, [StepReady]):
        if isinstance(recorded.event, StepReady) and recorded.event.step == step.id:
            return recorded.event
    raise NotFound(f"{step.id} has not started.")


def changes(db: Db, artifacts: FolderArtifacts, earlier: StepRow, later: StepRow) -> tuple[str, ...]:
    """A sentence for each thing that isn't the same in two steps of one name; none if they compute the same."""
    before, now = readiness(db, earlier).parts, readiness(db, later).parts
    parts = [part for part in dict.fromkeys((*now, *before)) if before.get(part) != now.get(part)]
    if not parts:
        return ()
    submissions = submission(db, earlier.run), submission(db, later.run)
    sentences: list[str] = []
    for part in parts:
        match part:
            case "code":
                sentences.append(_code(artifacts, *submissions, later.name))
            case "limits":
                sentences += _limits(*submissions, later.name)
            case "environment":
                sentences.append(_environment(*submissions, later.name))
            case _:
                sentences += differences(_only(before, part), _only(now, part))
    return tuple(sentences) or tuple(f"the {part} changed" for part in parts)


def _only(parts: Mapping[str, str], part: str) -> dict[str, str]:
    return {part: parts[part]} if part in parts else {}


def _script(submitted: RunSubmitted, name: str) -> Step | None:
    return next((script_of(step) for step in submitted.pipeline.steps if step.name == name), None)


def _code(artifacts: FolderArtifacts, earlier: RunSubmitted, later: RunSubmitted, name: str) -> str:
    """`the code changed: train.py is different, notes.md is new`."""
    try:
        before, now = (_files(artifacts, submitted, name) for submitted in (earlier, later))
    except (ArtifactDamaged, NotFound):  # what ran is no longer stored
        return "the code changed"
    different = [path for path in sorted({*before, *now}) if before.get(path) != now.get(path)]
    # Those of other steps and the pipeline's own file are told only if it can't have been anything else.
    apart = {script.script for step in later.pipeline.steps if step.name != name and (script := script_of(step))}
    apart.add(PurePosixPath(later.origin.partition(":")[0]).name)
    named = [path for path in different if path not in apart] or different
    if not named:
        return "the code changed"
    words = [
        f"{path} is {'new' if path not in before else 'gone' if path not in now else 'different'}"
        for path in named[:FILES_NAMED]
    ]
    more = len(named) - FILES_NAMED
    return f"the code changed: {', '.join(words)}{f', and {more} more' if more > 0 else ''}"


def _files(artifacts: FolderArtifacts, submitted: RunSubmitted, name: str) -> dict[str, str]:
    """The digests of a step's source files, by path."""
    script = _script(submitted, name)
    if script is None:
        return {}
    tree = submitted.sources[source_key(script.source)]
    return {member.path: member.digest for member in artifacts.members(tree)}


def _limits(earlier: RunSubmitted, later: RunSubmitted, name: str) -> Iterator[str]:
    """The limits as they were written; how many trials run at once is part of a fingerprint only sometimes."""
    before, now = (
        next(
            (step.limits for step in submitted.pipeline.steps if isinstance(step, TuneStep) and step.name == name), None
        )
        for submitted in (earlier, later)
    )
    if before is None or now is None:
        return
    for field in fields(Limits):
        was, is_now = getattr(before, field.name), getattr(now, field.name)
        if was != is_now:
            yield f"the limit {field.name} was {was} and is {is_now}"


def _environment(earlier: RunSubmitted, later: RunSubmitted, name: str) -> str:
    """The fields by name alone: a variable may hold a secret."""
    before, now = _script(earlier, name), _script(later, name)
    if before is None or now is None:
        return "the environment changed"
    names = [
        field.name
        for field in fields(Environment)
        if getattr(before.environment, field.name) != getattr(now.environment, field.name)
    ]
    return f"the environment changed: {', '.join(names)}" if names else "the environment changed"
