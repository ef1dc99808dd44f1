"""Place: where a workspace lies, found without opening it."""

from __future__ import annotations

import os
from pathlib import Path

from hyperstep.errors import WorkspaceNotYours

HOME = ".hyperstep"
DATABASE = "hyperstep.db"
ARTIFACTS = "artifacts"
ENVIRONMENT_VARIABLE = "HYPERSTEP_WORKSPACE"


def is_workspace(folder: Path) -> bool:
    """True if the folder has a workspace."""
    return (folder / HOME / DATABASE).exists()


def nearest() -> Path:
    """The folder that HYPERSTEP_WORKSPACE names, else the nearest from the working folder upwards that has a workspace.

    The working folder itself if there is none.
    """
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    if named:
        return Path(named)
    here = Path.cwd()
    return next(filter(is_workspace, (here, *here.parents)), here)


def home_to_begin_in(folder: Path) -> Path | None:
    """The folder that holds everything, made, if nothing ever ran here; None if something did, or it can't be made.

    Where something ran, all of a pipeline may be reused, and importing for it would be the longest part.
    """
    if is_workspace(folder) or not folder.is_dir():
        return None
    try:
        return make_home(folder)
    except OSError:  # who opens the workspace will say it
        return None


def make_home(folder: Path) -> Path:
    """Make the folder that holds everything, closed to other users, unless it is there; returns its path."""
    home = folder / HOME
    if not home.exists():
        home.mkdir(mode=0o700, exist_ok=True)
        ignore = home / ".gitignore"
        ignore.touch(0o600)
        ignore.write_text("*\n")  # so that a repository around it ignores it without being told
    if not is_workspace(folder):
        _sync(folder)  # a loss of power may not take all that will be recorded
    return home


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def close_home(home: Path) -> None:
    """Close the folder that holds everything to other users, if it isn't closed.

    Raises WorkspaceNotYours if it belongs to another user: to drive its runs would be to run what they have put there.
    """
    status = home.stat()
    if status.st_uid != os.geteuid():
        raise WorkspaceNotYours(
            f"{str(home)!r} belongs to user {status.st_uid}, and this process is user {os.geteuid()}: what it would "
            f"run is theirs. Work as that user, in a folder of your own, or make it yours: chown -R."
        )
    if status.st_mode & 0o077:
        home.chmod(0o700)
