"""Frozen values to JSON and back, and their digests.

A value is a frozen dataclass, an enum, or a number, text, bool, None, tuple
or mapping of these. A dataclass becomes an object whose "$" key names its
class; in a mapping the key "$" is written "$$", that one "$$$", and so on.
Sequences come back as tuples, so a value that went through JSON equals the one
that went in. Fields that a document lacks take their defaults: a
field may be added to a class, never renamed or removed.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from hyperstep.errors import DefinitionError, UnknownKind

KIND = "$"

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def encode(value: Any) -> Json:
    """Turn a value into what `json.dumps` takes.

    Infinities and NaN, which JSON lacks, become `{"$": "float", "value": "nan"}`.
    Raises DefinitionError for anything that isn't a value.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Enum):
        return {KIND: type(value).__name__, "value": value.value}
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {KIND: "float", "value": repr(float(value))}
    if isinstance(value, (tuple, list)):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {_escaped(key): encode(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        content = {field.name: encode(getattr(value, field.name)) for field in fields(value)}
        return {KIND: type(value).__name__, **content}
    raise DefinitionError(
        f"{value!r} is a {type(value).__name__}, which can't be written down. "
        f"Use numbers, text, True, False, None, or lists and mappings of these."
    )


def _escaped(key: object) -> str:
    if not isinstance(key, str):
        raise DefinitionError(f"{key!r} can't be a name in a mapping: use text.")
    return key if key.strip(KIND) or not key else KIND + key


def _unescaped(key: str) -> str:
    return key if key.strip(KIND) else key[1:]


class Codec:
    """Reads documents whose classes are among `kinds`."""

    def __init__(self, kinds: Iterable[type]) -> None:
        self._kinds = {kind.__name__: kind for kind in kinds}

    def decode(self, document: Json) -> Any:
        """Rebuild the value that `encode` wrote.

        Raises UnknownKind for a class that isn't among the kinds.
        """
        if isinstance(document, list):
            return tuple(self.decode(item) for item in document)
        if not isinstance(document, dict):
            return document
        name = document.get(KIND)
        if name is None:
            return {_unescaped(key): self.decode(item) for key, item in document.items()}
        if name == "float":
            return float(str(document["value"]))
        kind = self._kinds.get(str(name))
        if kind is None:
            raise UnknownKind(
                f"{name!r} isn't a kind that this version of hyperstep knows. "
                f"It was written by a later version, or by a plug-in that isn't installed here."
            )
        body = {key: self.decode(item) for key, item in document.items() if key != KIND}
        return kind(body["value"]) if issubclass(kind, Enum) else kind(**body)


def dumps(value: Any) -> str:
    """Write a value as one line of JSON, keys in the order they were declared."""
    return json.dumps(encode(value), ensure_ascii=False, separators=(",", ":"))


def canonical(value: Any) -> str:
    """Write a value as JSON that is equal for equal values: keys sorted, no blanks."""
    return json.dumps(encode(value), ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()
