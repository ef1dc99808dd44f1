"""SystemClock: the time of this machine, and which boot it belongs to."""

from __future__ import annotations

import time
from pathlib import Path

_MONOTONIC = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # goes on while the machine sleeps


class SystemClock:
    """The Clock that isn't a test's."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def elapsed(self) -> float:
        """Seconds since the machine booted."""
        return time.clock_gettime(_MONOTONIC)


def boot_id() -> str:
    """A text that differs from boot to boot; elapsed seconds compare within one. Empty where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
