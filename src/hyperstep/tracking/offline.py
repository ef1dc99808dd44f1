"""The same calls where there is no run: they check what they are given and print a line."""

from __future__ import annotations

import os

from hyperstep.tracking import values
from hyperstep.tracking.kept import existing


class OfflineRun:
    """Stands for the run of a script that was started by hand."""

    job = ""
    run = ""

    def metric(self, name: str, value: object, step: int | None = None) -> None:
        """Print a number; see Run.metric."""
        count = values.step(name, step)
        at = "" if count is None else f" at step {count}"
        print(f"metric {values.text('metric name', name)} = {values.number(name, value)!r}{at}")

    def tag(self, key: str, value: object) -> None:
        """Print a tag; see Run.tag."""
        print(f"tag {values.text('tag key', key)} = {values.note(key, value)}")

    def artifact(self, name: str, path: str | os.PathLike[str]) -> None:
        """Print a name and a path; see Run.artifact."""
        print(f"artifact {values.text('artifact name', name)}: {existing(path)}")

    def register(
        self,
        name: str,
        path: str | os.PathLike[str],
        *,
        aliases: tuple[str, ...] | list[str] = (),
        tags: dict[str, str] | None = None,
    ) -> int:
        """Print a name and a path; returns 0, as nothing is registered; see Run.register."""
        values.aliases(aliases)
        values.tags(tags)
        print(f"model {values.model(name)}: {existing(path)}")
        return 0

    def checkpoint_folder(self) -> str:
        """`checkpoints` in the working folder, made if it isn't there."""
        path = os.path.abspath("checkpoints")
        os.makedirs(path, exist_ok=True)
        print("checkpoints are kept in " + path)
        return path
