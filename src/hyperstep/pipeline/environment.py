"""Environment: the Python that a step's script runs in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Start(Enum):
    """How a job's process begins.

    AUTO: forked from a warm process when the scan of the scripts finds no hazard, else cold.
    FORK: always forked. SPAWN: always a fresh interpreter.
    """

    AUTO = "auto"
    FORK = "fork"
    SPAWN = "spawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The interpreter of a step, what it finds in its environment, and how it starts.

    python: path of an interpreter (3.8 or later) or of a virtual environment, or None for the one that runs hyperstep.
    variables: environment variables added to the user's own.
    start: see Start.
    preload: modules that the warm process imports; None for those that the scripts' top level names.
    """

    python: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    start: Start = Start.AUTO
    preload: tuple[str, ...] | None = None
