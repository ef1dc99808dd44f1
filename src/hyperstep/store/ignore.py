"""Ignore rules: which files of a folder are left out, in .gitignore's form and with git's meaning.

The rules are asked from the top down, and what lies in a folder that is left
out is never asked for: so a rule speaks of the path itself, not of what is
below it. The last rule that matches decides; those of a folder's own
.gitignore come before those of the folders above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ALWAYS = frozenset({".git", ".hyperstep", ".venv", "__pycache__"})
"""Names that are left out at any depth, whatever the rules say."""

_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "digit": "0-9",
    "lower": "a-z",
    "punct": re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
    "space": " \\t\\n\\r\\f\\v",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
_NEVER = "(?!)"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line: what it matches, whether only folders, and whether it takes back what an earlier line left out."""

    pattern: re.Pattern[str]
    folders_only: bool
    keeps: bool

    def matches(self, path: str, *, is_folder: bool) -> bool:
        """True if the rule speaks of this path, seen from the folder that the rule belongs to."""
        return (is_folder or not self.folders_only) and self.pattern.fullmatch(path) is not None


class Ignore:
    """The rules of one folder and what is below it, read as the folder is walked.

    .amlignore in the folder itself if there is one, else .gitignore in it and in each folder below.
    """

    def __init__(self, folder: Path, extra: Iterable[str] = ()) -> None:
        self._folder = folder
        self._extra = parse(extra)
        aml = folder / ".amlignore"
        self._nested = not aml.is_file()
        self._rules: dict[str, tuple[Rule, ...]] = {"": _read(folder / ".gitignore" if self._nested else aml)}

    def keep(self, path: str, is_folder: bool) -> bool:
        """True if a path below the folder is to be kept. Asked of each folder before what it holds."""
        if path.rpartition("/")[2] in ALWAYS or self._ignores(path, is_folder=is_folder):
            return False
        if is_folder and self._nested:
            rules = _read(self._folder / path / ".gitignore")
            if rules:
                self._rules[path] = rules
        return True

    def _ignores(self, path: str, *, is_folder: bool) -> bool:
        for rule in reversed(self._extra):
            if rule.matches(path, is_folder=is_folder):
                return not rule.keeps
        above = path
        while above:
            above = above.rpartition("/")[0]
            seen = path[len(above) + 1 :] if above else path
            for rule in reversed(self._rules.get(above, ())):
                if rule.matches(seen, is_folder=is_folder):
                    return not rule.keeps
        return False


def parse(lines: Iterable[str]) -> tuple[Rule, ...]:
    """The rules that lines stand for, in their order; empty lines and comments are none."""
    return tuple(rule for line in lines if (rule := _rule(line)) is not None)


def _rule(line: str) -> Rule | None:
    text = line.rstrip("\r\n")
    while text.endswith(" ") and not text.endswith("\\ "):
        text = text[:-1]
    if not text or text.startswith("#"):
        return None
    keeps = text.startswith("!")
    text = text[keeps:]
    folders_only = text.endswith("/")
    text = text[:-1] if folders_only else text
    if not text:
        return None
    tokens = list(_tokens(text.removeprefix("/")))
    if "/" not in text:  # a name alone is meant at any depth
        tokens.insert(0, _FOLDERS)
    return Rule(re.compile(_expression(tokens), re.DOTALL), folders_only, keeps)


_STAR, _FOLDERS = "*", "**/"  # what a gap in a pattern may stand for: part of a name, or folders


def _expression(tokens: list[str]) -> str:
    names = [_chain(_split(part, _STAR), "[^/]*", "[^/]*?") for part in _split(tokens, _FOLDERS)]
    return _chain(names, "(?:.*/)?", "(?:.*?/)??")


def _chain(parts: list[str], gap: str, shortest: str) -> str:
    """The parts with a gap before each but the first.

    If anything fits, then the first place where each part fits does, so it is committed to, but for the last part,
    which has to reach the end: without this, many stars would take for ever.
    """
    first, *rest = parts
    return first + "".join(f"(?>{shortest}{part})" for part in rest[:-1]) + (gap + rest[-1] if rest else "")


def _split(tokens: list[str], at: str) -> list[Any]:
    """The tokens between gaps of one kind: text for stars, which are the last to be split at, else lists."""
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token == at:
            parts.append([])
        else:
            parts[-1].append(token)
    return ["".join(part) for part in parts] if at == _STAR else parts


def _tokens(glob: str) -> Iterator[str]:
    """Expressions and gaps, in the order of the glob."""
    at = 0
    while at < len(glob):
        char, start = glob[at], at
        at += 1
        if char == "*":
            while glob[at : at + 1] == "*":
                at += 1
            between_slashes = glob[start - 1 : start] in ("", "/") and glob[at : at + 1] in ("", "/")
            if at - start == 1 or not between_slashes:
                yield _STAR
            elif at == len(glob):
                yield ".*"
            else:
                at += 1
                yield _FOLDERS
        elif char == "?":
            yield "[^/]"
        elif char == "[":
            text, at = _one_of(glob, at)
            yield text
        elif char == "\\":
            yield re.escape(glob[at]) if at < len(glob) else _NEVER
            at += 1
        else:
            yield re.escape(char)


_ELEMENT = re.compile(r"\[:(?P<name>[a-z]*):\]|(?P<low>\\.|[^\\])(?:-(?P<high>\\.|[^\\\]]))?", re.DOTALL)


def _one_of(glob: str, at: int) -> tuple[str, int]:
    """The expression for what follows a `[`, and where it ends; one that never closes never matches."""
    inverted = glob[at : at + 1] in ("!", "^")
    at += inverted
    parts: list[str] = []
    first = True
    while first or glob[at : at + 1] != "]":
        element = _ELEMENT.match(glob, at)
        if element is None or (element["name"] is not None and element["name"] not in _CLASSES):
            return _NEVER, len(glob)
        at, first = element.end(), False
        if element["name"] is not None:
            parts.append(_CLASSES[element["name"]])
            continue
        low = element["low"][-1]
        high = (element["high"] or low)[-1]
        if low <= high:
            parts.append(f"{re.escape(low)}-{re.escape(high)}")
    if not parts:
        return ("[^/]" if inverted else _NEVER), at + 1
    return (f"[^/{''.join(parts)}]" if inverted else f"(?!/)[{''.join(parts)}]"), at + 1


def _read(file: Path) -> tuple[Rule, ...]:
    if not file.is_file() or file.is_symlink():
        return ()
    return parse(file.read_text(encoding="utf-8-sig", errors="surrogateescape").split("\n"))
