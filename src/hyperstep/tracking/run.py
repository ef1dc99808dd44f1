"""current_run(): the job that this script is, and what it can say about itself."""

from __future__ import annotations

import os
import time

from hyperstep.errors import TrackingError
from hyperstep.tracking import messages, values
from hyperstep.tracking.channel import Channel
from hyperstep.tracking.kept import keep
from hyperstep.tracking.offline import OfflineRun

JOB = "HYPERSTEP_JOB"
RUN = "HYPERSTEP_RUN"
WIRE = "HYPERSTEP_WIRE"
BELL = "HYPERSTEP_BELL"

CHECKPOINTS = ".checkpoints"  # follows the name of the trial's or step's folder


class Run:
    """A script's own job; every call is recorded in the order it was made.

    job: the job's id, `42/tune/3.0`. run: the run it belongs to, `42`.
    """

    def __init__(self, job: str, run: str, channel: Channel) -> None:
        self.job = job
        self.run = run
        self._channel = channel

    def metric(self, name: str, value: object, step: int | None = None) -> None:
        """Log one number: int, float, bool, or a scalar of NumPy or torch.

        NaN and infinities are kept, and are never a best score. step: the script's own counter.
        Raises TrackingError for anything that isn't one number.
        """
        line = messages.metric(
            values.text("metric name", name), values.number(name, value), values.step(name, step), time.time()
        )
        self._channel.send(line)

    def tag(self, key: str, value: object) -> None:
        """Note something about this job; the value is kept as text of at most 64 KiB, the newest counts."""
        self._channel.send(messages.tag(values.text("tag key", key), values.note(key, value)))

    def artifact(self, name: str, path: str | os.PathLike[str]) -> None:
        """Keep a file or folder as it is now, under a name."""
        name = values.text("artifact name", name)
        self._channel.send(messages.artifact(name, keep(path, self._channel.wire)))

    def register(
        self,
        name: str,
        path: str | os.PathLike[str],
        *,
        aliases: tuple[str, ...] | list[str] = (),
        tags: dict[str, str] | None = None,
    ) -> int:
        """Register a file or folder, as it is now, as a model's next version; waits for the version's number.

        name and aliases: letters, digits, `-`, `_` and `.`, at most 255, beginning with a letter or digit.
        A driver that is away answers when it is back.
        """
        name = values.model(name)
        labels = values.aliases(aliases)
        pairs = values.tags(tags)
        end = self._channel.send(messages.register(name, keep(path, self._channel.wire), labels, pairs))
        folder = os.path.join(os.path.dirname(self._channel.wire), messages.ANSWERS)
        return _wait(os.path.join(folder, "%d.json" % self._channel.number(end)))

    def checkpoint_folder(self) -> str:
        """The path of a folder that all attempts of this trial or step share; made if it isn't there.

        What an interrupted attempt wrote there, the next one finds: look first, and go on from the newest. Write a
        file under another name and rename it, so that none is ever half.
        """
        path = os.path.dirname(os.path.abspath(self._channel.wire)).rpartition(".")[0] + CHECKPOINTS
        os.makedirs(path, mode=0o700, exist_ok=True)
        return path


def _wait(path: str) -> int:
    pause = 0.002
    while True:
        try:
            with open(path, "rb") as answer:
                return messages.version(answer.read())
        except FileNotFoundError:
            time.sleep(pause)
            pause = min(pause * 1.5, 0.05)


_current: tuple[str, Run] | None = None


def current_run() -> Run | OfflineRun:
    """The job that this process belongs to; outside of any, one that prints what it is told."""
    global _current
    wire = os.environ.get(WIRE)
    if not wire:
        return OfflineRun()
    if _current is None or _current[0] != wire:
        try:
            job, run = os.environ[JOB], os.environ[RUN]
        except KeyError as missing:
            raise TrackingError(
                f"{WIRE} is set but {missing.args[0]} isn't, so this script can't tell which job it is. "
                f"Pass all variables that begin with HYPERSTEP_ to processes that it starts, or none."
            ) from None
        _current = (wire, Run(job, run, Channel(wire, os.environ.get(BELL, ""))))
    return _current[1]


def metric(name: str, value: object, step: int | None = None) -> None:
    """Log one number of the current run; see Run.metric."""
    current_run().metric(name, value, step)


def tag(key: str, value: object) -> None:
    """Note something about the current run; see Run.tag."""
    current_run().tag(key, value)


def artifact(name: str, path: str | os.PathLike[str]) -> None:
    """Keep a file or folder of the current run under a name; see Run.artifact."""
    current_run().artifact(name, path)


def register(
    name: str,
    path: str | os.PathLike[str],
    *,
    aliases: tuple[str, ...] | list[str] = (),
    tags: dict[str, str] | None = None,
) -> int:
    """Register a file or folder as a model's next version; see Run.register."""
    return current_run().register(name, path, aliases=aliases, tags=tags)


def checkpoint_folder() -> str:
    """The path of a folder that all attempts of the current trial or step share; see Run.checkpoint_folder."""
    return current_run().checkpoint_folder()
