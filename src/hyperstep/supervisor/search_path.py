"""Where a job's imports are searched: what `python script.py` has in sys.path."""

from __future__ import annotations

import os
import sys
from typing import List


class SearchPath:
    """The search path of a new interpreter, for scripts in other folders; made before this process changes its own.

    entries: sys.path less what stands for this program's own folder.
    """

    def __init__(self, entries: List[str]) -> None:
        listed = os.environ.get("PYTHONPATH", "")
        relative = [entry for entry in listed.split(os.pathsep) if not os.path.isabs(entry)] if listed else []
        self._moving = {os.path.abspath(entry): entry for entry in relative}
        self._entries = entries
        self.fixed = [entry for entry in entries if entry not in self._moving]

    def of(self, work: str, script: str) -> List[str]:
        """All of it, for a script that starts in the folder `work`; script: path below that."""
        own = [] if getattr(sys.flags, "safe_path", False) else [os.path.dirname(os.path.join(work, script))]
        return own + [self._seen_from(work, entry) for entry in self._entries]

    def folders(self, work: str, script: str) -> List[str]:
        """What of it lies in the job's own folder."""
        return [entry for entry in self.of(work, script) if entry not in self.fixed]

    def _seen_from(self, work: str, entry: str) -> str:
        relative = self._moving.get(entry)
        return entry if relative is None else os.path.normpath(os.path.join(work, relative))
