"""Names that people choose, and what becomes of them: slugs, script options, the near miss in a message."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

LONGEST_SLUG = 64

_UNSAFE = re.compile(r"[^a-z0-9_]+")


def slug(name: str) -> str:
    """Turn a step's name into its part of an id: `prep data` becomes `prep-data`.

    Lower-case letters, digits, `_` and `-`; at most 64 characters; `step` if
    nothing is left. A slug never holds a dot or a slash and never is all
    digits, so it can't be taken for a trial or an attempt.
    """
    text = _UNSAFE.sub("-", name.lower()).strip("-")[:LONGEST_SLUG].strip("-")
    if not text:
        return "step"
    return f"step-{text}" if text.isdigit() else text


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` Did you mean 'prep'?`, with its leading blank, or nothing if no known name is near."""
    by_lower_case = {other.lower(): other for other in known}
    near = get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.6)
    return f" Did you mean {by_lower_case[near[0]]!r}?" if near else ""


def listed(names: Iterable[str]) -> str:
    """Names in quotes, as a sentence has them: `'a', 'b' and 'c'`; `none` for none."""
    quoted = [repr(name) for name in names]
    if not quoted:
        return "none"
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}" if len(quoted) > 1 else quoted[0]
