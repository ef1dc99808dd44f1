"""The run of a script that was started by hand: it says what it would log, and nothing is kept.

Scripts tell it by its class, by an id that begins with `OfflineRun`, or by
what it lacks; so it has no more than Azure's has.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know the name; importing typing takes longer than all that a script's run needs

if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional


class _OfflineRun:
    """What `Run.get_context()` returns outside of any job."""

    def __init__(self, *_: Any, **__: Any) -> None:
        import uuid

        self._id = "OfflineRun_%s" % uuid.uuid4()

    @property
    def id(self) -> str:
        return self._id

    def log(self, name: str, value: Any, description: str = "") -> None:
        _say("log scalar metric %s:\n%s" % (name, value))

    def log_list(self, name: str, value: Any, description: str = "") -> None:
        _say("log list metric %s:\n%s" % (name, value))

    def log_row(self, name: str, description: str = "", **kwargs: Any) -> None:
        _say("log row metric %s:\n%s" % (name, kwargs))

    def log_table(self, name: str, value: Dict[str, Any], description: str = "") -> None:
        _say("log table metric %s:\n%s" % (name, value))

    def log_image(self, name: str, path: Optional[str] = None, plot: Any = None, description: str = "") -> None:
        _say("log image metric %s:\n%s" % (name, path or plot))

    def log_confusion_matrix(self, name: str, value: Any, description: str = "") -> None:
        _say("log confusion matrix metric %s:\n%s" % (name, value))

    def log_accuracy_table(self, name: str, value: Any, description: str = "") -> None:
        _say("log accuracy table metric %s:\n%s" % (name, value))

    def log_predictions(self, name: str, value: Any, description: str = "") -> None:
        _say("log predictions metric %s:\n%s" % (name, value))

    def log_residuals(self, name: str, value: Any, description: str = "") -> None:
        _say("log residuals metric %s:\n%s" % (name, value))

    def tag(self, key: str, value: Optional[str] = None) -> None:
        _say("add tag %s with value %s" % (key, value))

    def set_tags(self, tags: Dict[str, str]) -> None:
        _say("set tags %s" % tags)

    def add_properties(self, properties: Dict[str, str]) -> None:
        _say("add properties %s" % properties)

    def upload_file(self, name: str, path_or_stream: Any) -> None:
        _say("track file %s at %s" % (name, path_or_stream))

    def upload_files(self, names: List[str], paths: List[str], **_: Any) -> None:
        for name, path in zip(names, paths):
            self.upload_file(name, path)

    def upload_folder(self, name: str, path: str) -> None:
        _say("track folder %s at %s" % (name, path))

    def child_run(self, name: Optional[str] = None, run_id: Any = None, outputs: Any = None) -> _OfflineRun:
        return _OfflineRun()

    def start(self) -> None:
        """Does nothing: nothing is kept."""

    def complete(self, _set_status: bool = True) -> None:
        """Does nothing: nothing is kept."""

    def fail(self, error_details: Any = None, error_code: Any = None, _set_status: bool = True) -> None:
        """Does nothing: nothing is kept."""

    def cancel(self) -> None:
        """Does nothing: nothing is kept."""

    def flush(self, timeout_seconds: float = 300) -> None:
        """Does nothing: nothing is kept."""

    def __enter__(self) -> _OfflineRun:
        return self

    def __exit__(self, *_: Any) -> None:
        pass

    def __repr__(self) -> str:
        return "_OfflineRun(Id: %s)" % self._id


def _say(what: str) -> None:
    print("Attempted to %s" % what)
