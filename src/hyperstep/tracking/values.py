"""What may be said: names, numbers and steps, or an error that tells what to pass instead."""

from __future__ import annotations

import operator

from hyperstep.errors import TrackingError

LONGEST_NAME = 256


def text(what: str, value: object) -> str:
    """A name or key: text of 1 to 256 characters that UTF-8 can hold."""
    if not isinstance(value, str):
        raise TrackingError(f"{value!r} is a {type(value).__name__}, but a {what} is text. Pass a str.")
    if not 0 < len(value) <= LONGEST_NAME:
        raise TrackingError(
            f"The {what} {value[:40]!r} has {len(value)} characters; 1 to {LONGEST_NAME} are possible. "
            f"Use a short name, and tags or artifacts for anything longer."
        )
    return encodable(what, value)


def encodable(what: str, value: str) -> str:
    """Text that UTF-8 can hold."""
    try:
        value.encode()
    except UnicodeEncodeError as fault:
        raise TrackingError(
            f"The {what} {value!r} holds half a surrogate pair at position {fault.start}, which isn't text. "
            f"It may come from a file name in another encoding; decode that with errors='replace'."
        ) from None
    return value


def number(name: str, value: object) -> float:
    """A float for anything that is one number: int, float, bool, or what has `.item()`, such as NumPy's and torch's.

    NaN and infinities stay what they are.
    """
    if type(value) is float:
        return value
    plain = value
    if not isinstance(plain, (float, int)):
        try:
            plain = value.item()  # type: ignore[attr-defined]
        except AttributeError:
            pass
        except (ValueError, RuntimeError, TypeError) as fault:
            raise TrackingError(
                f"The metric {name!r} got a {type(value).__name__} that isn't one number ({fault}). "
                f"Log one number at a time, or use artifact() for a whole array."
            ) from None
    if not isinstance(plain, (float, int)):
        raise TrackingError(
            f"The metric {name!r} got {_short(value)}, a {type(value).__name__}, which isn't a number. "
            f"Pass an int or a float; use tag() for text and artifact() for anything larger."
        )
    try:
        return float(plain)
    except OverflowError:
        raise TrackingError(
            f"The metric {name!r} got an integer of {plain.bit_length()} bits, too large for a float. "  # type: ignore[union-attr]
            f"Log its logarithm, or use tag() to keep its digits."
        ) from None


def step(name: str, value: object) -> int | None:
    """A counter of 64 bits, or None."""
    if value is None:
        return None
    try:
        count = int(operator.index(value))  # type: ignore[arg-type]
    except TypeError:
        raise TrackingError(
            f"The metric {name!r} got step {_short(value)}, a {type(value).__name__}; a step is a whole number. "
            f"Pass an int, or leave it out."
        ) from None
    if not -(2**63) <= count < 2**63:
        raise TrackingError(f"The metric {name!r} got step {count}, which 64 bits can't hold. Count from 0.")
    return count


def aliases(given: tuple[str, ...] | list[str] | str) -> tuple[str, ...]:
    """Names that point at one version of a model."""
    if isinstance(given, str):
        raise TrackingError(f"aliases is the text {given!r}, but several are possible. Pass [{given!r}].")
    return tuple(text("alias", alias) for alias in given)


def tags(given: dict[str, str] | None) -> dict[str, str]:
    """Notes on a version of a model, all as text."""
    return {text("tag key", key): encodable("tag", str(value)) for key, value in (given or {}).items()}


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
