"""Ignore rules: which files of a folder are left out, in .gitignore's form and with git's meaning.

The rules are asked from the top down, and what lies in a folder that is left
out is never asked for: so a rule speaks of the path itself, not of what is
below it. The last rule that matches decides; those of a folder's own
.gitignore come before those of the folders above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

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
    anchored = "/" in text
    expression = _expression(text.removeprefix("/"))
    return Rule(re.compile(expression if anchored else f"(?:.*/)?{expression}", re.DOTALL), folders_only, keeps)


def _expression(glob: str) -> str:
    """A regular expression for a glob in which `*` stays within a name and `**`, between slashes, doesn't."""
    out, at = [], 0
    while at < len(glob):
        char = glob[at]
        if char == "*":
            end = at
            while glob[end : end + 1] == "*":
                end += 1
            whole_names = end - at > 1 and glob[at - 1 : at] in ("", "/") and glob[end : end + 1] in ("", "/")
            if whole_names and end < len(glob):
                out.append("(?:.*/)?")
                end += 1
            else:
                out.append(".*" if whole_names else "[^/]*")
            at = end
        elif char == "?":
            out.append("[^/]")
            at += 1
        elif char == "[":
            text, at = _one_of(glob, at + 1)
            out.append(text)
        elif char == "\\":
            if at + 1 == len(glob):
                return _NEVER
            out.append(re.escape(glob[at + 1]))
            at += 2
        else:
            out.append(re.escape(char))
            at += 1
    return "".join(out)


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
