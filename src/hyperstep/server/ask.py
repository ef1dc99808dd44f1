"""What a request asks for: its numbers, texts and JSON, each checked before anything is done with it."""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import Any

from starlette.requests import Request

from hyperstep.server.guard import FORM, Refusal

MOST_NUMBER = 10**15
DEEPEST = 32  # JSON in JSON
MOST_ITEMS = 500  # in one object or list
LONGEST_NAME = 256  # characters of a name in an object
LONGEST_TEXT = 4_096  # characters of a text in a query

_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def number_given(name: str, text: str, *, least: int = 0, most: int = MOST_NUMBER) -> int:
    """A whole number from a query or a path. Raises Refusal for anything else."""
    if not re.fullmatch(r"[0-9]{1,18}", text) or not least <= int(text) <= most:
        raise Refusal(422, f"{name}={text[:40]!r} isn't a whole number from {least} to {most}.")
    return int(text)


def text_given(name: str, text: str, choices: tuple[str, ...] = ()) -> str:
    """A text from a query. Raises Refusal if it isn't one of the choices, or longer than any name."""
    if (choices and text not in choices) or len(text) > LONGEST_TEXT:
        known = f"one of {', '.join(choices)}" if choices else f"at most {LONGEST_TEXT} characters long"
        raise Refusal(422, f"{name}={text[:40]!r} isn't {known}.")
    return text


async def body_of(request: Request, kind: type) -> Any:
    """The frozen dataclass that a request's JSON makes; one of defaults for a request without a body."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM:
        raise Refusal(415, "This address takes application/json.")
    body = await request.body()
    return made(kind, json_of(body) if body else {})


def json_of(body: bytes) -> Any:
    """The value of a JSON text. Raises Refusal for what isn't JSON, or too deep or wide to be meant."""
    try:
        text = body.decode()
        _check_depth(text)
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"The body isn't JSON that is taken here: {str(error)[:200]}.") from None


def made(kind: type, value: Any) -> Any:
    """The dataclass that a JSON object makes. Raises Refusal for fields that lack, are unknown, or of another type."""
    if not isinstance(value, dict):
        raise Refusal(422, "The body is a JSON object.")
    hints = _hints(kind)
    known = {one.name: one for one in fields(kind)}
    for name in value:
        if name not in known:
            raise Refusal(422, f"{name[:40]!r} isn't taken here; {', '.join(known)} are.")
    for name, one in known.items():
        if name not in value:
            if one.default is one.default_factory is MISSING:
                raise Refusal(422, f"{name!r} is missing.")
        elif not _fits(value[name], hints[name]):
            raise Refusal(422, f"{name!r} is {str(value[name])[:40]!r}, which isn't {_words(hints[name])}.")
    return kind(**{name: tuple(item) if isinstance(item, list) else item for name, item in value.items()})


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _fits(value: Any, hint: Any) -> bool:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, one) for one in inner)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, dict) and all(_fits(item, inner[1]) for item in value.values())
    if origin is tuple:
        return isinstance(value, list) and all(_fits(item, inner[0]) for item in value)
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MOST_NUMBER
    return hint is Any or isinstance(value, hint)


def _words(hint: Any) -> str:
    origin = typing.get_origin(hint)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "an object of values that are taken"
    if origin is tuple:
        return "a list of texts"
    return {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}.get(
        hint, "a value of its type"
    )


def _check_depth(text: str) -> None:
    if text.count("{") + text.count("[") <= DEEPEST:
        return
    depth = 0
    for found in _BRACKETS.finditer(text):
        match found[0]:
            case "[" | "{":
                depth += 1
            case "]" | "}":
                depth -= 1
        if depth > DEEPEST:
            raise ValueError(f"it is nested more than {DEEPEST} deep")


def _no_constant(text: str) -> Any:
    raise ValueError(f"JSON has no {text}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has the same name twice")
    if len(pairs) > MOST_ITEMS:
        raise ValueError(f"an object has more than {MOST_ITEMS} names")
    if any(len(name) > LONGEST_NAME for name in found):
        raise ValueError(f"a name is longer than {LONGEST_NAME} characters")
    return found
