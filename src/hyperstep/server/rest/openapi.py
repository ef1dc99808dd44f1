"""OpenAPI: the document that describes the REST interface, made from its endpoints."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from typing import Any

from hyperstep.server.rest.endpoint import Endpoint, Number, Text

_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Any: {},
}
_PROBLEM = {
    "type": "object",
    "required": ["error", "message"],
    "properties": {"error": {"type": "string"}, "message": {"type": "string"}},
}

Document = dict[str, Any]


def document(endpoints: Sequence[Endpoint], *, version: str) -> Document:
    """The OpenAPI 3.1 document of these endpoints."""
    schemas: Document = {"Problem": _PROBLEM}
    paths: Document = {}
    for endpoint in endpoints:
        path = re.sub(r":\w+}", "}", endpoint.path)
        paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "hyperstep", "version": version},
        "security": [{"token": []}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(endpoint: Endpoint, schemas: Document) -> Document:
    told: Document = {"description": "Done."}
    if endpoint.answers is not None:
        told["content"] = {endpoint.kind: {"schema": schema(endpoint.answers, schemas)}}
    elif endpoint.kind != "application/json":
        told["content"] = {endpoint.kind: {"schema": {"type": "string"}}}
    problem = {"description": "Why not.", "content": {"application/json": {"schema": _reference("Problem")}}}
    operation: Document = {
        "summary": endpoint.says,
        "operationId": f"{endpoint.method.lower()}_{re.sub(r'[^a-z0-9]+', '_', endpoint.path).strip('_')}",
        "parameters": [*_path(endpoint), *_query(endpoint), *_headers(endpoint)],
        "responses": {str(endpoint.status): told, "default": problem},
    }
    if endpoint.body is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": schema(endpoint.body, schemas)}}}
    return operation


def schema(kind: Any, schemas: Document) -> Document:
    """The JSON schema of a type; of dataclasses a reference to one that is put among `schemas`."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [schema(one, schemas) for one in inner]}
    if origin is typing.Literal:
        return {"enum": list(inner)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": schema(inner[1], schemas)}
    if origin in (tuple, list):
        return {"type": "array", "items": schema(inner[0], schemas)}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [one.value for one in kind]}
    return _object(origin or kind, inner, schemas)


def _object(kind: type, inner: Sequence[Any], schemas: Document) -> Document:
    """The reference to a dataclass. inner: what takes the place of its type variables."""
    assert is_dataclass(kind), f"{kind!r} has no schema"
    name = kind.__name__ + "".join(f"Of{one.__name__}" for one in inner)
    if name not in schemas:
        given = dict(zip(getattr(kind, "__parameters__", ()), inner, strict=True))
        hints = {one: _filled(hint, given) for one, hint in typing.get_type_hints(kind).items()}
        schemas[name] = {
            "type": "object",
            "description": (kind.__doc__ or "").partition("\n")[0],
            "required": [one.name for one in fields(kind) if one.default is one.default_factory is MISSING],
            "properties": {one.name: schema(hints[one.name], schemas) for one in fields(kind)},
        }
    return _reference(name)


def _filled(hint: Any, given: Mapping[Any, Any]) -> Any:
    """A type with its variables replaced."""
    variables = getattr(hint, "__parameters__", ())
    return hint[tuple(given[one] for one in variables)] if variables else hint


def _reference(name: str) -> Document:
    return {"$ref": f"#/components/schemas/{name}"}


def _path(endpoint: Endpoint) -> list[Document]:
    names = re.findall(r"{(\w+)(?::\w+)?}", endpoint.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query(endpoint: Endpoint) -> list[Document]:
    return [
        {"name": name, "in": "query", "description": kind.says, "schema": _query_schema(kind)}
        for name, kind in endpoint.query.items()
    ]


def _query_schema(kind: Number | Text) -> Document:
    default = {} if kind.default in (None, "") else {"default": kind.default}
    if isinstance(kind, Number):
        return {"type": "integer", "minimum": kind.least, "maximum": kind.most, **default}
    return {"type": "string", **({"enum": list(kind.choices)} if kind.choices else {}), **default}


def _headers(endpoint: Endpoint) -> list[Document]:
    return [
        {"name": name, "in": "header", "description": says, "schema": {"type": "string"}}
        for name, says in endpoint.needs.items()
    ]
