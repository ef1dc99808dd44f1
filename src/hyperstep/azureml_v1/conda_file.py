"""Conda's environment files: the small part of YAML that they are written in, read and written.

    name: ridge
    channels: [conda-forge]
    dependencies:
      - python=3.8
      - pip:
          - numpy

Read are: comments, text with or without quotes, lists with dashes or in
brackets on one line, and one level of keys below a key. Every value is text.
Anything else of YAML (anchors, tags, block text, several documents) is an
error that names the line.
"""

from __future__ import annotations

import json
import re
from typing import Any, Dict, List, Tuple

from hyperstep.azureml_v1.exceptions import UserErrorException

Line = Tuple[int, int, str]
"""Its number, how far it is indented, and its text."""

_KEY = re.compile(r"""(?P<key>"[^"]*"|'[^']*'|[^\s:#'"\[\]{},&*!|>%@`-][^:#]*?)\s*:(?:\s+(?P<rest>.*))?\Z""")
_PLAIN = re.compile(r"[A-Za-z0-9_./+~=<>()\\^$-](?:[^:#\n\t]|:(?=\S)|(?<=\S)#)*\Z")
_OTHERWISE = re.compile(r"[-+]?\.?\d|[>.]|-\s|[-=<]+\Z")
"""Text that YAML takes for a number, a time or a sign."""

_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "~", "y", "n"}


def read(text: str, source: str) -> Dict[str, Any]:
    """The keys of a file: text, lists of text or of one-key lists such as pip's, or keys with text.

    Raises UserErrorException for what isn't in the part of YAML that is read, with the source and the line.
    """
    lines = _lines(text, source)
    found, rest = _mapping(lines, 0, source)
    if rest:
        raise _error(source, rest[0])
    return found


def write(document: Dict[str, Any]) -> str:
    """The file of such keys; what `read` gives again."""
    return "".join(_written(key, value, 0) for key, value in document.items())


def _lines(text: str, source: str) -> List[Line]:
    found: List[Line] = []
    for number, raw in enumerate(text.splitlines(), 1):
        bare = _without_comment(raw).rstrip()
        if bare.strip() and not (bare == "---" and not found):
            indent = len(bare) - len(bare.lstrip(" "))
            line = (number, indent, bare.strip())
            if "\t" in raw[: len(raw) - len(raw.lstrip())]:
                raise _error(source, line)
            found.append(line)
    return found


def _without_comment(line: str) -> str:
    quote = ""
    for place, sign in enumerate(line):
        before = line[place - 1] if place else " "
        if quote:
            quote = "" if sign == quote and not (quote == '"' and before == "\\") else quote
        elif sign in "'\"" and before in " [,:":
            quote = sign
        elif sign == "#" and before in " \t":
            return line[:place]
    return line


def _mapping(lines: List[Line], indent: int, source: str) -> Tuple[Dict[str, Any], List[Line]]:
    found: Dict[str, Any] = {}
    while lines and lines[0][1] == indent and not _is_item(lines[0]):
        line, lines = lines[0], lines[1:]
        key, rest = _key(line, source)
        if rest:
            found[key] = _value(rest, line, source)
        elif lines and _is_item(lines[0]) and lines[0][1] >= indent:
            found[key], lines = _items(lines, lines[0][1], source)
        elif lines and lines[0][1] > indent:
            found[key], lines = _mapping(lines, lines[0][1], source)
        else:
            found[key] = []
    return found, lines


def _items(lines: List[Line], indent: int, source: str) -> Tuple[List[Any], List[Line]]:
    found: List[Any] = []
    while lines and lines[0][1] == indent and _is_item(lines[0]):
        (number, _, text), lines = lines[0], lines[1:]
        inner = text[1:].strip()
        line = (number, indent, inner)
        match = _KEY.match(inner)
        if match is None or match["rest"] is not None:
            if match is not None and not inner.startswith(("'", '"')) and match["rest"].startswith("["):
                found.append({_scalar(match["key"], line, source): _value(match["rest"], line, source)})
                continue
            found.append(_value(inner, line, source))
            continue
        key = _scalar(match["key"], line, source)
        if lines and lines[0][1] > indent and _is_item(lines[0]):
            nested, lines = _items(lines, lines[0][1], source)
            found.append({key: nested})
        else:
            found.append({key: []})
    return found, lines


def _is_item(line: Line) -> bool:
    return line[2] == "-" or line[2].startswith("- ")


def _key(line: Line, source: str) -> Tuple[str, str]:
    match = _KEY.match(line[2])
    if match is None:
        raise _error(source, line)
    return _scalar(match["key"], line, source), (match["rest"] or "").strip()


def _value(text: str, line: Line, source: str) -> Any:
    if not text.startswith("["):
        return _scalar(text, line, source)
    if not text.endswith("]"):
        raise _error(source, line)
    inner = text[1:-1].strip().rstrip(",")
    parts = re.findall(r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,'"]+)\s*(?:,|\Z)""", inner)
    return [_scalar(part.strip(), line, source) for part in parts]


def _scalar(text: str, line: Line, source: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            raise _error(source, line) from None
    if not text or text[0] in "'\"&*!|>%@`{}[]" or ": " in text or text.startswith("- "):
        raise _error(source, line)
    return text


def _error(source: str, line: Line) -> UserErrorException:
    return UserErrorException(
        "%s, line %d: %r isn't read. Conda files are read here as name, channels and dependencies, with lists of "
        "plain or quoted text and one list below pip." % (source, line[0], line[2])
    )


def _written(key: str, value: Any, indent: int) -> str:
    space = " " * indent
    if isinstance(value, str):
        return "%s%s: %s\n" % (space, _quoted(key), _quoted(value))
    if isinstance(value, dict):
        inner = "".join(_written(name, text, indent + 2) for name, text in value.items())
        return "%s%s:\n%s" % (space, _quoted(key), inner)
    return "%s%s:\n" % (space, _quoted(key)) + "".join(_item(item, indent) for item in value)


def _item(item: Any, indent: int) -> str:
    space = " " * indent
    if isinstance(item, str):
        return "%s- %s\n" % (space, _quoted(item))
    ((key, values),) = item.items()
    return "%s- %s:\n%s" % (space, _quoted(key), "".join(_item(value, indent + 2) for value in values))


def _quoted(text: str) -> str:
    """Text as YAML reads it as this text, with quotes only where they are needed."""
    if _PLAIN.match(text) and text.strip() == text and text.lower() not in _WORDS and not _OTHERWISE.match(text):
        return text
    return json.dumps(text, ensure_ascii=False)
