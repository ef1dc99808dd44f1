"""RegisterStep: a file becomes a version of a named model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field

from hyperstep.errors import DefinitionError
from hyperstep.pipeline import accept
from hyperstep.pipeline.data import BestFile, OutputOf

_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,254}")


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

    def __post_init__(self) -> None:
        keep = object.__setattr__
        if not _MODEL.fullmatch(accept.text(self.model, "A RegisterStep's model")):
            raise DefinitionError(
                f"A RegisterStep's model is {self.model!r}, but must be letters, digits, '-', '_' and '.', "
                f"at most 255, beginning with a letter or a digit."
            )
        keep(self, "name", accept.title(self.name or f"register {self.model}"[:200], "A RegisterStep's name"))
        where = f"Step {self.name!r}: its"
        if not isinstance(self.artifact, (OutputOf, BestFile)):
            raise DefinitionError(
                f"{where} artifact is {accept.shown(self.artifact)}, but must be what a step makes. "
                f"Write step.output('model') or tune.best_file('outputs/model.pkl')."
            )
        keep(self, "aliases", accept.texts(self.aliases, f"{where} aliases"))
        for alias in self.aliases:
            if not _MODEL.fullmatch(alias) or alias.isdigit():
                raise DefinitionError(
                    f"{where} aliases hold {alias!r}, but an alias is letters, digits, '-', '_' and '.', "
                    f"and not a number, which would be a version."
                )
        keep(self, "tags", accept.text_by_name(self.tags, f"{where} tags"))
        keep(self, "after", accept.texts(self.after, f"{where} after"))
