"""Source: the folder that holds a step's script, and what of it is left out."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from hyperstep.pipeline import accept


@dataclass(frozen=True, slots=True)
class Source:
    """A folder of scripts. Its content is copied when a run is submitted.

    folder: relative paths are seen from the working folder, or from the file's folder under `hyperstep run FILE.py`.
    ignore: patterns in .gitignore's form, added to those of the folder's .amlignore
        or, if there is none, of its .gitignore.
    """

    folder: str = "."
    _: KW_ONLY
    ignore: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", accept.path(self.folder, "A Source's folder"))
        object.__setattr__(self, "ignore", accept.texts(self.ignore, f"The ignore of Source {self.folder!r}"))
