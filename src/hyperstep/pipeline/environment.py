"""Environment: the Python that a step's script runs in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from hyperstep.errors import DefinitionError
from hyperstep.pipeline import accept


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

    def __post_init__(self) -> None:
        keep = object.__setattr__
        if self.python is not None:
            keep(self, "python", accept.path(self.python, "An Environment's python"))
        keep(self, "variables", accept.variables(self.variables, "An Environment's variables"))
        accept.instance(self.start, Start, "An Environment's start", hint="Start.AUTO, Start.FORK or Start.SPAWN")
        if self.preload is None:
            return
        keep(self, "preload", accept.texts(self.preload, "An Environment's preload"))
        for name in self.preload:
            if not all(part.isidentifier() for part in name.split(".")):
                raise DefinitionError(
                    f"An Environment's preload has {name!r}, but must name modules as an import does: 'sklearn.svm'."
                )
