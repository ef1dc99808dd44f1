"""Where data lies: what v1 code gives as a path, as files of this machine.

A path is a local one (a file, a folder or a pattern with `*`, `?` and `**`),
a pair of a data store and a path in it, a DataPath, a URL, or a list of them.
Nothing is downloaded: a URL stands for the file or folder that the workspace
names for it, or for what it begins with; `hyperstep v1 data URL FILE` does so.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shutil
import tempfile
from typing import Any, Dict, Iterator, List, Optional, Tuple
from urllib.parse import quote, unquote, urlsplit

from hyperstep.azureml_v1 import home, shelf
from hyperstep.azureml_v1.exceptions import UserErrorException

URLS = "datasets.urls"
"""The kind on the shelf: {"path"}, by the URL, or {"path", "url"} by a digest of one that is too long for a name."""

LONGEST = 200

_WILD = "*?["


def map_url(url: str, path: str) -> None:
    """Say which file stands for a URL, or which folder for all URLs that begin with it."""
    where = os.path.abspath(path)
    if not os.path.exists(where):
        raise UserErrorException("There is no file or folder %r to stand for %s." % (where, url))
    shelf.put(URLS, _key(url), {"url": url, "path": where})


def mapped_urls() -> Dict[str, str]:
    """All URLs that something stands for, and what."""
    documents = {key: shelf.get(URLS, key) or {} for key in shelf.names(URLS)}
    return {document.get("url", key): document["path"] for key, document in documents.items()}


def located(path: Any, *, check: bool = True) -> List[str]:
    """Absolute paths or patterns for whatever stands for data; check: each must lead to a file now.

    Raises UserErrorException for what isn't there, with what to do.
    """
    listed = path if isinstance(path, list) else [path]
    found = [_located(item) for item in listed]
    if not found:
        raise UserErrorException("The list of paths is empty. Give at least one path.")
    if check:
        for given, where in zip(listed, found):
            if not files([where]):
                raise UserErrorException("No file is found at %r, which leads to %s." % (_shown(given), where))
    return found


def _located(item: Any) -> str:
    if isinstance(item, tuple) and len(item) == 2 and hasattr(item[0], "_local"):
        return str(item[0]._local(str(item[1])))
    if hasattr(item, "_path"):
        return str(item._path())
    if not isinstance(item, (str, os.PathLike)):
        raise UserErrorException(
            "A path is text, a pair (datastore, 'path/in/it'), a URL or a list of them, not %r." % (item,)
        )
    text = os.fspath(item)
    scheme = text.partition("://")[0] if "://" in text else ""
    if scheme == "file":
        return os.path.abspath(unquote(urlsplit(text).path))
    return _of_url(text) if scheme else os.path.abspath(text)


def _of_url(url: str) -> str:
    for start in _starts(url):
        mapped = shelf.get(URLS, _key(start))
        if mapped is not None:
            rest = unquote(url[len(start) :].partition("?")[0]).strip("/")
            return os.path.join(mapped["path"], *rest.split("/")) if rest else str(mapped["path"])
    raise UserErrorException(
        "Nothing on this machine stands for %s, and nothing is downloaded. "
        "Download it yourself and name the file: hyperstep v1 data '%s' FILE" % (url, url)
    )


def _starts(url: str) -> Iterator[str]:
    """The URL, then without its query, then ever shorter at its slashes, each with and without the last."""
    yield url
    scheme, _, rest = url.partition("?")[0].partition("://")
    yield "%s://%s" % (scheme, rest)
    while "/" in rest:
        rest = rest.rstrip("/").rpartition("/")[0]
        if rest:
            yield "%s://%s/" % (scheme, rest)
            yield "%s://%s" % (scheme, rest)


def _key(url: str) -> str:
    short = len(quote(url, safe="")) <= LONGEST
    return url if short else hashlib.sha256(url.encode("utf-8")).hexdigest()


def _shown(given: Any) -> Any:
    return (given[0].name, given[1]) if isinstance(given, tuple) else given


def files(paths: List[str]) -> List[Tuple[str, str]]:
    """All files that paths and patterns lead to, each with its name below what they have in common, sorted by it."""
    found = {path: None for place in paths for path in _all(place)}
    if not found:
        return []
    root = _root(paths, list(found))
    return sorted((os.path.relpath(path, root).replace(os.sep, "/"), path) for path in found)


def files_below(folder: str) -> Iterator[str]:
    """All files of a folder, less those of a workspace that lies in it."""
    for place, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if name != home.HOME)
        for name in sorted(names):
            yield os.path.join(place, name)


def _all(place: str) -> List[str]:
    if any(sign in place for sign in _WILD) and not os.path.exists(place):
        return [path for path in glob.iglob(place, recursive=True) if os.path.isfile(path)]
    if os.path.isfile(place):
        return [place]
    return list(files_below(place))


def _root(paths: List[str], found: List[str]) -> str:
    if len(paths) == 1 and os.path.isdir(paths[0]):
        return paths[0]
    if len(paths) == 1 and not os.path.exists(paths[0]):
        parts = paths[0].split(os.sep)
        fixed = next(number for number, part in enumerate(parts) if any(sign in part for sign in _WILD))
        return os.sep.join(parts[:fixed]) or os.sep
    return os.path.commonpath([os.path.dirname(path) for path in found])


def plain(paths: List[str]) -> Optional[str]:
    """The one file or folder that paths are, or None if they are several or a pattern."""
    return paths[0] if len(paths) == 1 and os.path.exists(paths[0]) else None


def gathered(chosen: List[Tuple[str, str]]) -> str:
    """A folder that holds just these files, by hard links where possible; the same one while they are unchanged."""
    stats = [(name, path, os.stat(path)) for name, path in chosen]
    state = [[name, path, stat.st_size, stat.st_mtime_ns] for name, path, stat in stats]
    digest = hashlib.sha256(json.dumps(state).encode("utf-8")).hexdigest()[:32]
    folder = os.path.join(home.own("gathered"), digest)
    if os.path.isdir(folder):
        return folder
    making = tempfile.mkdtemp(dir=home.own("gathered"), suffix=".new")
    for name, path in chosen:
        to = os.path.join(making, *name.split("/"))
        os.makedirs(os.path.dirname(to), exist_ok=True)
        try:
            os.link(os.path.realpath(path), to)
        except OSError:  # on another disk
            shutil.copyfile(path, to)
    try:
        os.rename(making, folder)
    except OSError:  # another process made it meanwhile
        shutil.rmtree(making)
    return folder
