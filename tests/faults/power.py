"""Power: what a disk may hold after it was lost at any moment.

`Recording` notes every change that this process makes below a folder: bytes written, names given and taken, modes, and
what was synced. `after` picks what of it a disk may hold when the power goes after some of these operations:

- what a file held when it was last synced is there; of every later write the whole, nothing, a beginning, or zeros;
- the names that a folder held when it was last synced are there; every later one may be, or may not;
- a name may be there before the bytes of its file, and a file without any name is gone;
- of a name moved to another folder the old, the new, both, or none may be there; within a folder one of the two.

More than any one file system does, and all that POSIX leaves open. SQLite's own files are left out: it is trusted to
do what its pragmas say.
"""

from __future__ import annotations

import builtins
import io
import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial, wraps
from pathlib import Path
from random import Random
from typing import Any

import pytest

from hyperstep.place import DATABASE

WRITES = os.O_WRONLY | os.O_RDWR
WAYS = ("whole", "whole", "nothing", "beginning", "zeros")  # what may become of a write


class Killed(BaseException):
    """This process was killed, as far as the code under test can tell."""


@dataclass(eq=False)
class File:
    """A file, whatever it is called."""

    content: bytearray = field(default_factory=bytearray)
    mode: int = 0o600


@dataclass(eq=False)
class Folder:
    """A folder and its entries as the process sees them."""

    entries: dict[str, File | Folder] = field(default_factory=dict)


Node = File | Folder
Entry = tuple[Folder, str, Node | None]


@dataclass(frozen=True)
class Wrote:
    file: File
    offset: int
    content: bytes


@dataclass(frozen=True)
class Moded:
    file: File
    mode: int


@dataclass(frozen=True)
class Named:
    """Names that were given, or with None taken; more than one if something was moved."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Synced:
    """A file or folder; None for all of them."""

    node: Node | None


@dataclass(frozen=True)
class Acknowledged:
    """From here on somebody counts on this."""

    what: Any


Operation = Wrote | Moded | Named | Synced | Acknowledged


class Recording:
    """What this process does below a folder while `on` is open; kill_at: the number of operations it lives for."""

    def __init__(self, root: Path) -> None:
        self.folder = root
        self.root = os.fspath(root)
        self.disk = Folder()
        self.operations: list[Operation] = []
        self.kill_at: int | None = None
        self._held: dict[int, Node] = {}  # by descriptor
        self._lock = threading.RLock()

    @contextmanager
    def on(self, patch: pytest.MonkeyPatch) -> Iterator[Recording]:
        """Stand before the functions through which Python changes files."""
        with patch.context() as patched:
            for name in ("open", "close", "write", "fsync", "rename", "replace", "mkdir", "unlink", "remove", "chmod"):
                patched.setattr(os, name, self._instead(getattr(os, name), getattr(self, f"_{name}")))
            patched.setattr(os, "sync", self._instead(lambda: None, self._sync))  # the machine's own disks can wait
            files = self._files(builtins.open)
            patched.setattr(builtins, "open", files)
            patched.setattr(io, "open", files)
            yield self

    def acknowledge(self, what: Any) -> None:
        """From now on somebody counts on something."""
        self.operations.append(Acknowledged(what))

    def _instead(self, real: Callable[..., Any], record: Callable[..., None]) -> Callable[..., Any]:
        @wraps(real)
        def recorded(*arguments: Any, **named: Any) -> Any:
            with self._lock:
                if self.kill_at is not None and len(self.operations) >= self.kill_at:
                    raise Killed if threading.current_thread() is threading.main_thread() else OSError("killed")
                result = real(*arguments, **named)
                record(result, *arguments, **named)
                return result

        return recorded

    def _files(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Files that are opened to be written do so by `os.write`."""

        @wraps(real)
        def opened(file: Any, mode: str = "r", buffering: int = -1, *more: Any, **named: Any) -> Any:
            inside = file in self._held if isinstance(file, int) else self._place(file) is not None
            if mode[0] == "r" or not inside:
                return real(file, mode, buffering, *more, **named)
            flags = os.O_WRONLY | os.O_CREAT | {"x": os.O_EXCL, "a": os.O_APPEND, "w": os.O_TRUNC}[mode[0]]
            raw = _Raw(file if isinstance(file, int) else named.get("opener", os.open)(os.fspath(file), flags))
            if buffering == 0:
                return raw
            buffered = io.BufferedWriter(raw)
            return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding=named.get("encoding"))

        return opened

    def _place(self, path: Any) -> tuple[Folder, str] | None:
        """The folder that has a path's last name, and that name; None for what lies elsewhere, or is SQLite's."""
        text = os.path.abspath(os.fspath(path))  # noqa: PTH100
        if not text.startswith(self.root + "/"):
            return None
        *parents, name = text.removeprefix(self.root + "/").split("/")
        folder: Node | None = self.disk
        for parent in parents:
            folder = folder.entries.get(parent) if isinstance(folder, Folder) else None
        return (folder, name) if isinstance(folder, Folder) and not name.startswith(DATABASE) else None

    def _node(self, path: Any) -> Node | None:
        if os.path.abspath(os.fspath(path)) == self.root:  # noqa: PTH100
            return self.disk
        place = self._place(path)
        return place and place[0].entries.get(place[1])

    def _named(self, *entries: Entry) -> None:
        self.operations.append(Named(entries))
        for folder, name, node in entries:
            apply_name(folder.entries, name, node)

    # What each call has done

    def _open(self, descriptor: int, path: Any, flags: int, *_mode: int, dir_fd: int | None = None) -> None:
        node = self._node(path) if dir_fd is None else None
        if node is None and dir_fd is None and flags & os.O_CREAT and (place := self._place(path)):
            node = File()
            self._named((*place, node))
        if node is not None:
            self._held[descriptor] = node
            assert not flags & os.O_TRUNC or not node.content, "what truncates isn't recorded"

    def _close(self, _result: None, descriptor: int) -> None:
        self._held.pop(descriptor, None)

    def _write(self, length: int, descriptor: int, content: Any) -> None:
        file = self._held.get(descriptor)
        if isinstance(file, File):
            written = bytes(content[:length])
            offset = os.lseek(descriptor, 0, os.SEEK_CUR) - length
            self.operations.append(Wrote(file, offset, written))
            apply_write(file.content, offset, written)

    def _fsync(self, _result: None, descriptor: int) -> None:
        if descriptor in self._held:
            self.operations.append(Synced(self._held[descriptor]))

    def _sync(self, _result: None) -> None:
        self.operations.append(Synced(None))

    def _rename(self, _result: None, source: Any, target: Any) -> None:
        before, after, node = self._place(source), self._place(target), self._node(source)
        if before and after and node:  # links aren't recorded: none leads to what is stored
            self._named((*after, node), (*before, None))

    _replace = _rename

    def _mkdir(self, _result: None, path: Any, mode: int = 0o777) -> None:
        if place := self._place(path):
            self._named((*place, Folder()))

    def _unlink(self, _result: None, path: Any, *, dir_fd: int | None = None) -> None:
        if dir_fd is None and (place := self._place(path)):
            self._named((*place, None))

    _remove = _unlink

    def _chmod(self, _result: None, path: Any, mode: int, **_named: Any) -> None:
        if isinstance(file := self._held.get(path) if isinstance(path, int) else self._node(path), File):
            self.operations.append(Moded(file, mode))


def apply_name(entries: dict[str, Node], name: str, node: Node | None) -> None:
    """Give a name to what it now stands for, or take it away."""
    if node is None:
        entries.pop(name, None)
    else:
        entries[name] = node


def apply_write(content: bytearray, offset: int, written: bytes) -> None:
    """Write over what is there; what was skipped is zeros."""
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(written)] = written


class Disk:
    """What is sure to be on the disk, and what may be, after some operations."""

    def __init__(self, root: Folder, operations: Sequence[Operation] = ()) -> None:
        self._root = root
        self._contents: defaultdict[File, bytearray] = defaultdict(bytearray)
        self._modes: defaultdict[File, int] = defaultdict(lambda: 0o600)
        self._entries: defaultdict[Folder, dict[str, Node]] = defaultdict(dict)
        self._pending: defaultdict[Node, list[Callable[[str], None]]] = defaultdict(list)
        for operation in operations:
            self._take(operation)

    def _take(self, operation: Operation) -> None:
        match operation:
            case Wrote(file, offset, content):
                self._pending[file].append(partial(self._write, file, offset, content))
            case Moded(file, mode):
                self._pending[file].append(partial(self._mode, file, mode))
            case Named(entries):
                for folder in dict.fromkeys(folder for folder, _, _ in entries):
                    self._pending[folder].append(partial(self._name, folder, entries))
            case Synced(None):
                self.keep_all()
            case Synced(node):
                for change in self._pending.pop(node, ()):
                    change("whole")

    def lose_power(self, random: Random) -> None:
        """Let each change that wasn't synced reach the disk, or not, or in part."""
        ways = random.choice((("whole",), ("nothing",), WAYS, WAYS, WAYS))
        for changes in self._pending.values():
            for change in changes:
                change(random.choice(ways))
        self._pending.clear()

    def keep_all(self) -> None:
        """Let every change reach the disk."""
        for changes in self._pending.values():
            for change in changes:
                change("whole")
        self._pending.clear()

    def _write(self, file: File, offset: int, content: bytes, way: str) -> None:
        match way:
            case "beginning":
                content = content[: len(content) * 2 // 3]
            case "zeros":
                content = bytes(len(content))
        if way != "nothing":
            apply_write(self._contents[file], offset, content)

    def _mode(self, file: File, mode: int, way: str) -> None:
        if way == "whole":
            self._modes[file] = mode

    def _name(self, folder: Folder, entries: tuple[Entry, ...], way: str) -> None:
        if way in ("whole", "beginning"):
            for of, name, node in entries:
                if of is folder:
                    apply_name(self._entries[folder], name, node)

    def lay(self, to: Path, folder: Folder | None = None) -> None:
        """Write the disk's content to a new folder."""
        folder = folder or self._root
        to.mkdir()
        for name, node in self._entries[folder].items():
            if isinstance(node, Folder):
                self.lay(to / name, node)
            else:
                (to / name).write_bytes(self._contents[node])
                (to / name).chmod(self._modes[node])

    def files(self, folder: Folder | None = None, above: str = "") -> dict[str, bytes]:
        """The content of every file by its path, and None of every folder."""
        found = {}
        for name, node in self._entries[folder or self._root].items():
            if isinstance(node, Folder):
                found.update({above + name: None, **self.files(node, f"{above}{name}/")})
            else:
                found[above + name] = bytes(self._contents[node])
        return found


def seen(root: Path) -> dict[str, bytes | None]:
    """What really lies below a folder, as `Disk.files` tells it."""
    return {
        path.relative_to(root).as_posix(): None if path.is_dir() else path.read_bytes()
        for path in root.rglob("*")
        if not path.name.startswith(DATABASE)
    }


class _Raw(io.RawIOBase):
    """A file that is written by `os.write`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, content: Any) -> int:
        return os.write(self._descriptor, content)

    def close(self) -> None:
        if not self.closed:
            super().close()
            os.close(self._descriptor)
