"""A job's log: its first 4 MiB and its last 12 MiB, byte for byte.

The file can be read at any moment. It grows to at most 28 MiB; then, and at
the end, what is too much is left out of its middle, with a line that says how
much. A full disk costs lines of the log, never the job: nothing here raises.
"""

from __future__ import annotations

import os

from hyperstep.failpoints import step

HEAD = 4 * 2**20
TAIL = 12 * 2**20
_STRETCH = 2**16  # how far to look for the end of a line, so that lines stay whole
_PIECE = 2**20
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NOTICE = 80  # bytes that the notice takes, whatever number stands in it


class Log:
    """Takes a job's output; head and tail are in bytes."""

    def __init__(self, path: str, head: int = HEAD, tail: int = TAIL) -> None:
        self._head = head
        self._tail = tail
        self._size = 0
        self._gap = 0  # where the notice stands, once there is one
        self._left_out = 0
        self._lost = 0
        try:
            step("log.open")
            self._file = os.open(path, _FLAGS, 0o600)
        except OSError:
            self._file = -1

    def write(self, data: bytes) -> None:
        """Append output."""
        try:
            written = os.write(self._file, data)
        except OSError:
            written = 0
        self._size += written
        self._lost += len(data) - written
        if self._size > self._head + 2 * self._tail:
            self._shorten()

    def close(self) -> None:
        """Leave out what is too much, and close."""
        if self._file < 0:
            return
        if self._size > self._head + self._tail:
            self._shorten()
        if self._lost:
            try:
                os.write(self._file, b"\n[%d bytes of output could not be written]\n" % self._lost)
            except OSError:
                pass
        self.let_go()

    def let_go(self) -> None:
        """Close the descriptor, in a process that isn't the supervisor."""
        if self._file >= 0:
            os.close(self._file)

    def _shorten(self) -> None:
        try:
            self._cut()
        except OSError:
            pass  # the disk is full; what stands there stays

    def _cut(self) -> None:
        if not self._gap:
            begin = max(0, self._head - _STRETCH)
            newline = os.pread(self._file, self._head - begin, begin).rfind(b"\n")
            self._gap = begin + newline + 1 if newline >= 0 else self._head
        source = self._size - self._tail
        source += os.pread(self._file, min(_STRETCH, self._tail), source).find(b"\n") + 1
        begin = self._gap + (_NOTICE if self._left_out else 0)
        if source < self._gap + _NOTICE:
            return
        self._left_out += source - begin
        notice = b"[%d bytes of output are left out here]" % self._left_out
        target = self._gap + os.pwrite(self._file, notice.ljust(_NOTICE - 1) + b"\n", self._gap)
        while source < self._size:
            piece = os.pread(self._file, min(_PIECE, self._size - source), source)
            target += os.pwrite(self._file, piece, target)
            source += len(piece)
        os.ftruncate(self._file, target)
        self._size = os.lseek(self._file, target, os.SEEK_SET)
