"""What is done: each recorded as an event, and performed by whoever drives the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from hyperstep import actions
from hyperstep.pipeline.parameter import ParameterValue
from hyperstep.server.guard import Refusal
from hyperstep.server.rest.endpoint import Asked
from hyperstep.server.rest.looking import step_id, trial_id
from hyperstep.store.asked import Reception
from hyperstep.workspace import Workspace

KEY = "idempotency-key"
LONGEST_KEY = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """by: who asks, for those who read it later."""

    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A run of a published pipeline. parameters: those that differ from their defaults; version: the newest if null."""

    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    version: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False
    keep_going: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """How many more trials."""

    trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A model's next version. output: which file or folder of those that the trial made; may be left out for one."""

    name: str
    output: str = ""
    aliases: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A name such as `production`, and the version that it points to from now on."""

    alias: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The run that was recorded. repeated: True if it was before, with the same key."""

    run: str
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """The wish is recorded. of: the id of what it is about."""

    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of a model."""

    name: str
    version: int


async def cancel(asked: Asked) -> Noted:
    run = asked.path["run"]
    await asked.acting.do(lambda workspace: workspace.cancel(run, by=asked.body.by))
    return Noted(of=run)


async def delete(asked: Asked) -> Noted:
    await asked.acting.do(partial(actions.delete, run=asked.path["run"], by=asked.body.by))
    return Noted(of=asked.path["run"])


async def stop_trial(asked: Asked) -> Noted:
    trial = trial_id(asked)
    await asked.acting.do(partial(actions.stop_trial, trial=trial, by=asked.body.by))
    return Noted(of=trial)


async def stop_search(asked: Asked) -> Noted:
    step = step_id(asked)
    await asked.acting.do(partial(actions.stop_search, step=step, by=asked.body.by))
    return Noted(of=step)


async def extend(asked: Asked) -> Accepted:
    event = actions.extension(asked.reading.db, step_id(asked), asked.body.trials)
    return Accepted(run=(await asked.acting.submit(event)).run)


async def register(asked: Asked) -> Version:
    wanted: Registration = asked.body
    trial = trial_id(asked)

    def act(workspace: Workspace) -> int:
        return actions.register_trial(
            workspace, trial, wanted.name, output=wanted.output, aliases=wanted.aliases, tags=wanted.tags
        )

    return Version(name=wanted.name, version=await asked.acting.do(act))


async def point(asked: Asked) -> Version:
    name, wanted = asked.path["model"], asked.body
    await asked.acting.do(partial(actions.point, name=name, alias=wanted.alias, version=wanted.version))
    return Version(name=name, version=wanted.version)


async def submit(asked: Asked) -> Accepted:
    wanted: Wanted = asked.body
    published = asked.reading.publication(asked.path["pipeline"], wanted.version)
    event = actions.submission(
        published,
        wanted.parameters,
        key=key_of(asked),
        labels=wanted.labels,
        fresh=wanted.fresh,
        keep_going=wanted.keep_going,
    )
    received = await asked.acting.submit(event)
    return Accepted(run=received.run, repeated=received.reception is Reception.REPEATED)


def key_of(asked: Asked) -> str:
    """The Idempotency-Key of a request, or empty. Raises Refusal for one that isn't."""
    key = asked.request.headers.get(KEY, "")
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Refusal(422, f"An Idempotency-Key has at most {LONGEST_KEY} printable characters.")
    return key
