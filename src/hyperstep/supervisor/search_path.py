"""Where a job's imports are searched: what `python script.py` has in sys.path."""

from __future__ import annotations

import os
import sys
from typing import List


def relative_entries() -> List[str]:
    """What PYTHONPATH holds that is seen from the working folder."""
    entries = os.environ.get("PYTHONPATH", "")
    return [entry for entry in entries.split(os.pathsep) if not os.path.isabs(entry)] if entries else []


def search_path(startup: List[str], work: str, script: str) -> List[str]:
    """The search path of a script.

    startup: that of this process, without its own first entry; it was made in the current folder.
    work: the script's working folder. script: its path, without links.
    """
    moved = {os.path.abspath(entry): os.path.normpath(os.path.join(work, entry)) for entry in relative_entries()}
    path = [moved.get(entry, entry) for entry in startup]
    return path if getattr(sys.flags, "safe_path", False) else [os.path.dirname(script), *path]
