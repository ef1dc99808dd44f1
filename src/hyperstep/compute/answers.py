"""Answers: what a script waits for, written into a folder that the script may have changed at will."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from hyperstep.failpoints import step
from hyperstep.tracking import messages

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_answer(folder: str, message: int, version: int) -> None:
    """Tell a script that waits on its message which version its model has; folder: the job's.

    A script that has removed or replaced the place of its answers gets none; nothing is written elsewhere.
    """
    place = f"{folder}/{messages.ANSWERS}"
    with suppress(NotADirectoryError, FileNotFoundError, IsADirectoryError):
        with suppress(FileExistsError):
            Path(place).mkdir(0o700)
        answers = os.open(place, _FOLDER)
        try:
            aside = os.urandom(8).hex()
            step("answer.write")
            with os.fdopen(os.open(aside, _NEW, 0o600, dir_fd=answers), "wb") as file:
                file.write(messages.answer(version))
            step("answer.rename")
            os.rename(aside, f"{message}.json", src_dir_fd=answers, dst_dir_fd=answers)
        finally:
            os.close(answers)
