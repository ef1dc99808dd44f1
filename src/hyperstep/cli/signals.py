"""Signals: Ctrl-C and SIGTERM end a run well, and a terminal that is closed doesn't end it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from queue import SimpleQueue
from types import FrameType, TracebackType
from typing import Self

_ENDING = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """While this lasts, the first signal stops the run's scripts, the second kills them, and the third ends the driver.

    interrupt: called at the first and the second, within the handler. first: called once, in a thread of its own, since
    what prints may have been printing when the signal came.
    """

    def __init__(self, interrupt: Callable[[], None], first: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self._first = first
        self._asked: list[int] = []
        self._before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}
        self._news: SimpleQueue[bool] = SimpleQueue()
        self._herald = threading.Thread(target=self._tell, name="hyperstep-signals", daemon=True)

    @property
    def exit_code(self) -> int:
        """What a shell calls an end by the first signal: 130 for SIGINT, 143 for SIGTERM."""
        return 128 + self._asked[0] if self._asked else 0

    def __enter__(self) -> Self:
        self._herald.start()
        for number in _ENDING:
            self._before[number] = signal.signal(number, self._ask)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            # Not SIG_IGN: a program that this process starts would inherit that.
            self._before[signal.SIGHUP] = signal.signal(signal.SIGHUP, lambda _number, _frame: None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for (
            number,
            handler,
        ) in self._before.items():  # one more signal shouldn't change how a process ends that was told
            signal.signal(number, signal.SIG_IGN if self._asked else handler)
        self._news.put(False)
        self._herald.join()

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        self._asked.append(number)
        if len(self._asked) > 2:
            os._exit(self.exit_code)  # what still runs is taken up when the run is resumed
        if len(self._asked) == 1:
            self._news.put(True)
        self._interrupt()

    def _tell(self) -> None:
        while self._news.get():
            self._first()
