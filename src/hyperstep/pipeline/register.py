"""RegisterStep: a file becomes a version of a named model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field

from hyperstep.pipeline.data import BestFile, OutputOf


@dataclass(frozen=True, slots=True)
class RegisterStep:
    """Register what a step made as the next version of a model; no script is run.

    model: letters, digits, `-`, `_` and `.`, at most 255, beginning with a letter or digit.
    artifact: a file or folder that another step made.
    aliases: names that point to this version from now on, such as `production`.
    tags: free text by name.
    name: `register <model>` if left out.
    """

    model: str
    artifact: OutputOf | BestFile
    _: KW_ONLY
    name: str = ""
    aliases: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
