"""SystemClock: the time of this machine."""

from __future__ import annotations

import time

_MONOTONIC = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # goes on while the machine sleeps


class SystemClock:
    """The Clock that isn't a test's.

    The wall clock is looked at once; from then on `now` goes on with `elapsed`. So what this process writes down is as
    far apart as it was, though somebody sets the wall clock meanwhile.
    """

    def __init__(self) -> None:
        self._start = time.time() - self.elapsed()

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._start + self.elapsed()

    def elapsed(self) -> float:
        """Seconds since the machine booted."""
        return time.clock_gettime(_MONOTONIC)
