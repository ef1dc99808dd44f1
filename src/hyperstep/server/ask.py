"""What a request asks for: its numbers, its JSON, its forms, each checked before anything is done with it."""

from __future__ import annotations

import re

from hyperstep.server.guard import Refusal

MOST_NUMBER = 10**15


def number_given(name: str, text: str, *, least: int = 0, most: int = MOST_NUMBER) -> int:
    """A whole number from a query or a path. Raises Refusal for anything else."""
    if not re.fullmatch(r"[0-9]{1,18}", text) or not least <= int(text) <= most:
        raise Refusal(422, f"{name}={text[:40]!r} isn't a whole number from {least} to {most}.")
    return int(text)
