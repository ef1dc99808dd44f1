"""Ids of v1 runs, and what each of them names.

    42          a pipeline's run          42_1        its step at position 1, from 0
    HD_42_1     the search of that step   HD_42_1_3   the search's trial 3

Any other text names a recorded run: one of a program itself, or a child run
that a script made.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know the name; importing typing takes longer than all that a script's run needs

if TYPE_CHECKING:
    from typing import Optional

RUN = "run"
STEP = "step"
SEARCH = "search"
TRIAL = "trial"
RECORDED = "recorded"

SEARCHING = "HD_"
_KINDS = {(False, 1): RUN, (False, 2): STEP, (True, 2): SEARCH, (True, 3): TRIAL}


class Identity:
    """What an id names: run, step, search, trial or recorded; of the last only the id itself is known."""

    __slots__ = ("kind", "position", "run", "trial")

    def __init__(self, kind: str, run: str = "", position: Optional[int] = None, trial: Optional[int] = None) -> None:
        self.kind = kind
        self.run = run
        self.position = position
        self.trial = trial

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identity) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def __repr__(self) -> str:
        return "Identity(kind=%r, run=%r, position=%r, trial=%r)" % self._parts()

    def _parts(self) -> tuple[object, ...]:
        return self.kind, self.run, self.position, self.trial


def parse(v1_id: str) -> Identity:
    """What an id names."""
    searching = v1_id.startswith(SEARCHING)
    parts = (v1_id[len(SEARCHING) :] if searching else v1_id).split("_")
    kind = _KINDS.get((searching, len(parts)))
    if kind is None or not all(map(_is_number, parts)):
        return Identity(RECORDED)
    numbers = [int(part) for part in parts[1:]] + [None, None]
    return Identity(kind, parts[0], numbers[0], numbers[1])


def written(identity: Identity) -> str:
    """The id that names this, unless it is a recorded run."""
    given = (identity.run, identity.position, identity.trial)
    joined = "_".join(str(part) for part in given if part is not None)
    return (SEARCHING if identity.kind in (SEARCH, TRIAL) else "") + joined


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit() and (part == "0" or part[0] != "0")
