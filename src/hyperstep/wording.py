"""Wording: numbers, times, sizes and values in the words that people read, wherever they read them."""

from __future__ import annotations

import shlex
import time

from hyperstep.search.values import Value, Values, option_of, text_of


def number(value: float | None) -> str:
    """At most six significant digits: `0.204662`; nothing for None."""
    if value is None:
        return ""
    return str(value) if isinstance(value, (bool, int)) else f"{value:.6g}"


def duration(seconds: float | None) -> str:
    """`0.04 s`, `1.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`; nothing for None."""
    if seconds is None:
        return ""
    if seconds < 0.095:
        return f"{max(seconds, 0.0):.2f} s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def moment(at: float | None) -> str:
    """A point in time as `2026-05-04 17:03:12`, in the zone of this machine."""
    return "" if at is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def size(count: int) -> str:
    """A number of bytes: `812 B`, `1.4 MB`."""
    amount, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{count} B" if unit == "B" else f"{amount:.1f} {unit}"


def counted(count: int, noun: str) -> str:
    """`1 trial`, `2 trials`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def short(value: Value) -> str:
    """A value with at most six digits."""
    return number(value) if isinstance(value, float) else text_of(value)


def options(values: Values) -> str:
    """Values in the order in which a script gets them, digits cut to six: `--alpha 0.5 --depth 3`."""
    return " ".join(f"{option_of(name)} {short(values[name])}" for name in sorted(values, key=option_of))


def command_line(values: Values) -> str:
    """The same for a shell, every digit kept."""
    names = sorted(values, key=option_of)
    return " ".join(f"{quoted(option_of(name))} {quoted(text_of(values[name]))}" for name in names)


def quoted(text: str) -> str:
    r"""A text as a shell reads it; what isn't printable stands as its bytes: `$'\x1b[31m'`, for bash, zsh and ksh."""
    if text.isprintable():
        return shlex.quote(text)
    letters = (letter if letter.isprintable() and letter not in "'\\" else _bytes(letter) for letter in text)
    return f"$'{''.join(letters)}'"


def _bytes(letter: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in letter.encode("utf-8", "surrogatepass"))
