"""Numbers in charts: four significant digits to look at, all of them to copy."""

from __future__ import annotations

import math

from hyperstep.search.values import Value, text_of


def shown(value: float) -> str:
    """At most four significant digits: `0.2047`, `1e-5`; whole numbers keep their digits up to a million."""
    if not math.isfinite(value):
        return str(value)
    if float(value).is_integer() and abs(value) < 1e6:
        return str(int(value))
    return powered(f"{value:.4g}")


def exact(value: Value) -> str:
    """All digits, as a script gets them."""
    return text_of(value)


def powered(text: str) -> str:
    """`1e-05` as `1e-5`."""
    mantissa, mark, power = text.partition("e")
    return f"{mantissa}e{int(power)}" if mark and power.lstrip("+-").isdigit() else text


def counted(count: int, noun: str) -> str:
    """`1 trial`, `2 trials`, `100,000 trials`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def took(seconds: float) -> str:
    """A time: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `2 h`."""
    if 0 < seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h", f"{minutes} min"] if hours else [f"{minutes} min", f"{rest} s"]
    return " ".join(part for part in parts if not part.startswith("0 "))
