"""Pipeline: steps and what flows between them, checked as a whole."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from hyperstep.pipeline.graph import AnyStep

__all__ = ["AnyStep", "Pipeline"]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A named DAG of steps; making one checks it.

    Raises GraphError for a cycle or for data that no step makes, DefinitionError for names that are
    empty or used twice.
    """

    name: str
    steps: tuple[AnyStep, ...]
    _: KW_ONLY
    description: str = ""
