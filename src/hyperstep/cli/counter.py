"""A counter for what takes long: one line that is written over, on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

_PAUSE = 0.2  # seconds between two looks of the line


@contextmanager
def counter(done: str, show: Callable[[int], str] = "{:,}".format) -> Iterator[Callable[[int, int], None]]:
    """Yields what to call with how much is done, and of how much. done: a word for it, such as `checked`."""
    shown = 0.0
    terminal = sys.stderr.isatty()

    def count(now: int, whole: int) -> None:
        nonlocal shown
        if terminal and time.monotonic() - shown > _PAUSE:
            shown = time.monotonic()
            click.echo(f"\r\x1b[K{show(now)} of {show(whole)} {done}", nl=False, err=True)

    try:
        yield count
    finally:
        if shown:
            click.echo("\r\x1b[K", nl=False, err=True)
