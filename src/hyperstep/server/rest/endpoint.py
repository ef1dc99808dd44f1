"""Endpoint: one address of the REST interface, what it takes and what it answers.

The same values make the route, check what comes in, and become the OpenAPI
document (`openapi.py`); so none of the three can say anything else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hyperstep.server.acting import Acting
from hyperstep.server.ask import body_of, number_given, text_given
from hyperstep.server.guard import Refusal
from hyperstep.server.reading import Reading

MOST_ROWS = 1_000  # in one answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A whole number among the query's parameters. default: None if nothing is meant by leaving it out."""

    says: str
    default: int | None = None
    least: int = 0
    most: int = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text among the query's parameters. choices: if there are any, it is one of them."""

    says: str
    default: str = ""
    choices: tuple[str, ...] = ()


Query = Mapping[str, Number | Text]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, checked. query and body: as the endpoint declares them."""

    request: Request
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any

    @property
    def reading(self) -> Reading:
        """What it reads through."""
        reading: Reading = self.request.app.state.reading
        return reading

    @property
    def acting(self) -> Acting:
        """What it changes something through."""
        acting: Acting = self.request.app.state.acting
        return acting

    def moment(self) -> Any:
        """`reading.moment()`: all that is read within is of one moment."""
        return self.reading.moment()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address and what stands behind it.

    run: takes an Asked; what it returns is sent as JSON, but for a Response. Coroutines are awaited.
    body: the frozen dataclass that a request's JSON makes; None if it has none. answers: the type of what is returned;
    None for something else than JSON, which `kind` names. status: of the answer. needs: headers that are looked at.
    """

    method: str
    path: str
    run: Callable[[Asked], Any]
    says: str
    query: Query = field(default_factory=dict)
    body: type | None = None
    answers: Any = None
    kind: str = "application/json"
    status: int = 200
    needs: Mapping[str, str] = field(default_factory=dict)

    def route(self) -> Route:
        """The route that answers."""

        async def answer(request: Request) -> Response:
            returned = self.run(
                Asked(
                    request=request,
                    path=request.path_params,
                    query=_query(self.query, request),
                    body=None if self.body is None else await body_of(request, self.body),
                )
            )
            if hasattr(returned, "__await__"):
                returned = await returned
            return returned if isinstance(returned, Response) else as_json(returned, self.status)

        return Route(self.path, answer, methods=[self.method])


def as_json(value: Any, status: int = 200) -> Response:
    """A value as JSON: dataclasses as objects, NaN and infinities as the texts `nan`, `inf` and `-inf`."""
    text = json.dumps(plain(value), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Response(text, status_code=status, media_type="application/json")


def plain(value: Any) -> Any:
    """A value as JSON knows it."""
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    assert is_dataclass(value), f"{value!r} can't be sent"
    return {name: plain(getattr(value, name)) for name in _names(value.__class__)}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


def _query(declared: Query, request: Request) -> dict[str, Any]:
    given = request.query_params
    for name in given:
        if name not in declared:
            known = ", ".join(declared) or "none"
            raise Refusal(422, f"{name[:40]!r} isn't a parameter of this address; it has {known}.")
    found: dict[str, Any] = {}
    for name, kind in declared.items():
        if name not in given:
            found[name] = kind.default
        elif isinstance(kind, Number):
            found[name] = number_given(name, given[name], least=kind.least, most=kind.most)
        else:
            found[name] = text_given(name, given[name], kind.choices)
    return found
