"""Step: one script, its arguments, and what it follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field

from hyperstep.pipeline.data import BestFile, Dataset, Output, OutputOf, TrialTable
from hyperstep.pipeline.environment import Environment
from hyperstep.pipeline.parameter import Parameter
from hyperstep.pipeline.source import Source

Argument = str | bool | int | float | Parameter | Output | OutputOf | BestFile | TrialTable | Dataset


@dataclass(frozen=True, slots=True)
class Step:
    """Run one script once.

    script: path below the source folder.
    name: unique in its pipeline; the script's name without folder and ending if left out.
    arguments: what follows the script on its command line, in this order.
    after: names of steps that must have ended first, though no data flows.
    reuse: take an earlier run's outputs if script, arguments, inputs and environment are the same.
    timeout: seconds until the script and all it started are stopped; None for no limit.
    """

    script: str
    _: KW_ONLY
    name: str = ""
    arguments: tuple[Argument, ...] = ()
    source: Source = field(default_factory=Source)
    environment: Environment = field(default_factory=Environment)
    variables: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    reuse: bool = True
    timeout: float | None = None

    def output(self, name: str) -> OutputOf:
        """What this step makes under `name`, as an argument of a later step."""
        return OutputOf(self.name, name)
