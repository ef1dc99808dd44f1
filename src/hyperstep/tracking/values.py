"""What may be said: names, numbers and steps, or an error that tells what to pass instead."""

from __future__ import annotations

import operator

from hyperstep.errors import TrackingError

LONGEST_NAME = 256  # characters
LONGEST_MODEL = 255  # characters, as a RegisterStep has it
LONGEST_VALUE = 2**16  # bytes of a tag
_MOST = 100  # aliases, or tags, of one version of a model: then a message is far shorter than what is read at once
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


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


def note(key: str, value: object) -> str:
    """A tag's value as text of at most 64 KiB."""
    kept = encodable("tag", str(value))
    size = len(kept.encode())
    if size > LONGEST_VALUE:
        raise TrackingError(
            f"The tag {key!r} has a value of {size} bytes; at most {LONGEST_VALUE} are possible. "
            f"Write it to a file and hand that over with artifact()."
        )
    return kept


def model(value: object, what: str = "model name") -> str:
    """A model's name, or an alias: the same as in a RegisterStep."""
    name = text(what, value)
    if len(name) > LONGEST_MODEL or name[0] not in _LETTERS or not _LETTERS.issuperset(name.translate(_SIGNS)):
        raise TrackingError(
            f"The {what} is {name!r}, but must be letters, digits, '-', '_' and '.', at most {LONGEST_MODEL}, "
            f"beginning with a letter or a digit. Use tags for anything else."
        )
    return name


_SIGNS = str.maketrans("", "", "-_.")


def aliases(given: tuple[str, ...] | list[str] | str) -> tuple[str, ...]:
    """Names that point at one version of a model."""
    if isinstance(given, str):
        raise TrackingError(f"aliases is the text {given!r}, but several are possible. Pass [{given!r}].")
    _few(len(given), "aliases")
    found = tuple(model(alias, "alias") for alias in given)
    for alias in found:
        if alias.isdigit():
            raise TrackingError(f"The alias {alias!r} is a number, which would be a version. Put a letter before it.")
    return found


def tags(given: dict[str, str] | None) -> dict[str, str]:
    """Notes on a version of a model, all as text."""
    _few(len(given or {}), "tags")
    return {text("tag key", key): note(key, value) for key, value in (given or {}).items()}


def _few(count: int, what: str) -> None:
    if count > _MOST:
        raise TrackingError(
            f"A model got {count} {what} at once; at most {_MOST} are possible. Put them into its file."
        )


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
