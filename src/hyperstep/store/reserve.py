"""Reserve: a file that takes up room while a driver runs, and is given up when the disk is full.

Then the ends of running jobs and what they made can still be written.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

SIZE = 16 << 20  # bytes


class FileReserve:
    """A Reserve at a path; `size` bytes. It goes with the `with` block."""

    def __init__(self, path: Path, size: int = SIZE) -> None:
        self._path = path
        self._size = size

    def __enter__(self) -> FileReserve:
        return self

    def __exit__(self, *_: object) -> None:
        self.give()

    def take(self) -> None:
        """Lay the file. Raises OSError, and holds nothing, if there is no room."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(file, 0, self._size)
        except BaseException:
            self.give()
            raise
        finally:
            os.close(file)

    def give(self) -> None:
        """Remove the file."""
        with suppress(OSError):  # nothing may be raised in answer to a fault of the storage
            self._path.unlink(missing_ok=True)
