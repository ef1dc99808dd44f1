"""Code: what of a source folder counts as a step's code.

All of the folder does, but for two kinds of files that lie there without being
part of what the step computes: the scripts that other steps run, and the file
that defines the pipeline. So an edit of the last step's script doesn't run the
first one again.

Such a file counts all the same if a script could get at it: if its name, with
or without the ending, stands anywhere in a file that counts. That errs to the
safe side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from pathlib import PurePosixPath

from hyperstep.document import digest
from hyperstep.engine.artifact import Member

_CODE = (".py", ".sh", ".ipynb", ".toml", ".cfg", ".ini", ".json", ".yml", ".yaml")


def code_digest(members: Iterable[Member], read: Callable[[Member], bytes], script: str, apart: Collection[str]) -> str:
    """Digest of the files that count as the code of a step.

    members: all files of the source folder. read: their content. script: the step's own. apart: paths of the files
    that don't count unless they are named in one that does; others than the script itself.
    """
    files = {member.path: member for member in members}
    aside = {path for path in apart if path in files and path != script}
    counting = [path for path in files if path not in aside]
    looked = set()
    while aside and (new := [path for path in counting if path not in looked and path.endswith(_CODE)]):
        looked.update(new)
        words = {word for path in new for word in re.findall(rb"[\w.-]+", read(files[path]))}
        parts = {part for word in words for part in (word, *word.split(b"."))}
        named = {path for path in aside if _names(path) & parts}
        aside -= named
        counting += sorted(named)
    return digest(sorted((path, files[path].digest) for path in counting))


def _names(path: str) -> set[bytes]:
    file = PurePosixPath(path)
    return {file.name.encode(), file.stem.encode()}
