"""Where the local workspace lies: what every `Workspace` of v1 code leads to.

In a job it is the workspace that runs the job; elsewhere the folder that
HYPERSTEP_WORKSPACE names, else the nearest folder upwards that has one, else
the working folder. Standard library only, Python 3.8 and later, as all of
this package but `answers`.
"""

from __future__ import annotations

import os

HOME = ".hyperstep"
DATABASE = "hyperstep.db"  # of a workspace in which something ran,
OWN = "azureml_v1"  # and of one that v1 code has made
JOB = "HYPERSTEP_JOB"
WIRE = "HYPERSTEP_WIRE"
WORKSPACE = "HYPERSTEP_WORKSPACE"


def folder() -> str:
    """The folder that holds, or will hold, `.hyperstep`; absolute."""
    wire, job = os.environ.get(WIRE), os.environ.get(JOB)
    if wire and job:
        return wire[: wire.index("/%s/runs/%s/" % (HOME, job))]
    named = os.environ.get(WORKSPACE)
    if named:
        return os.path.abspath(named)
    here = os.getcwd()
    above = here
    while True:
        if any(os.path.exists(os.path.join(above, HOME, made)) for made in (DATABASE, OWN)):
            return above
        parent = os.path.dirname(above)
        if parent == above:
            return here
        above = parent


def own(name: str) -> str:
    """A folder of this layer below `.hyperstep/azureml_v1`, made if it isn't there."""
    home = os.path.join(folder(), HOME)
    if not os.path.isdir(home):
        make(home)
        with open(os.path.join(home, ".gitignore"), "w", opener=private) as ignore:
            ignore.write("*\n")
    path = os.path.join(home, OWN, name)
    make(path)
    return path


def make(path: str) -> None:
    """Make a folder, and those above it that aren't there, each closed to other users."""
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        pass
    except FileNotFoundError:
        make(os.path.dirname(path))
        make(path)


def private(path: str, flags: int) -> int:
    """Open a file that, if it is new, is closed to other users."""
    return os.open(path, flags, 0o600)
