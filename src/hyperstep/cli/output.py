"""Output: standard output and errors, which may be closed from the start or get lost while a run goes on."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def open_closed() -> None:
    """Put the null device where the shell closed a standard stream, so that no file of ours takes its number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which is this one
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - it is there until the process ends
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115


def let_go() -> None:
    """Drop what standard output still holds if it can't be written, so that the end of the process isn't told off."""
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def losable() -> Iterator[None]:
    """While this lasts, an output that can't be written any more is lost in silence: what goes on matters more."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _losable(sys.stdout), _losable(sys.stderr)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stdout, sys.stderr = before


def _losable(stream: TextIO) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    with suppress(OSError):
        stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Losable(stream.fileno(), terminal=stream.isatty())),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
    )


class _Losable(io.RawIOBase):
    """A file descriptor that is written as long as it takes it."""

    def __init__(self, number: int, *, terminal: bool) -> None:
        self._number = number
        self._terminal = terminal

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._terminal

    def fileno(self) -> int:
        return self._number

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return os.write(self._number, data)
        except OSError:
            return memoryview(data).nbytes
