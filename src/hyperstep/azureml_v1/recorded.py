"""What v1 scripts log: numbers as metrics that the engine sees, all else as records beside them.

A record is a tag whose key begins with `azureml_v1:` and whose value is a
document {"name", "kind", "value", "at"}; one over 60 KiB lies in an artifact
that the tag names. Of these are metrics: value, list, row and table; `type`
says that a metric's numbers were whole or were truth values, which the engine
doesn't tell apart. `merged` puts all together as `get_metrics` shows them.
Others: tag (with a value that may be None, or without one: removed), property,
note (the name and description that people give a run), and error.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False  # type checkers know the name; importing typing takes longer than all that a script's run needs

if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional

    from hyperstep.tracking import Run

    Record = Dict[str, Any]

KEY = "azureml_v1:"
INSIDE = "azureml_v1/"
LARGEST = 60 * 1024
METRICS = ("value", "list", "row", "table")
_EXACT = 2**53


class Recorder:
    """Writes what one run logs in this process. wire: the run's own of `hyperstep.tracking`."""

    def __init__(self, wire: Run) -> None:
        self.wire = wire
        self._count = 0
        self._types: Dict[str, str] = {}

    def value(self, name: str, value: Any, step: Optional[int] = None) -> None:
        """Log one value, a number or not."""
        value = plain(value)
        if not is_metric(value):
            self.record(name, "value", value)
            return
        kind = type(value).__name__
        if kind != "float" and self._types.get(name) != kind:
            self._types[name] = kind
            self.record(name, "type", kind)
        self.wire.metric(name, value, step)

    def record(self, name: str, kind: str, value: Any) -> None:
        """Log something that isn't a number."""
        import json

        self._count += 1
        key = "%s%d-%d-%d" % (KEY, os.getpid(), time.monotonic_ns(), self._count)
        record: Record = {"name": name, "kind": kind, "at": time.time()}
        text = json.dumps({**record, "value": value})
        if len(text) > LARGEST:
            record["file"] = self._kept(key, json.dumps(value))
            text = json.dumps(record)
        self.wire.tag(key, text)

    def _kept(self, key: str, text: str) -> str:
        import tempfile

        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(text)
            file.flush()
            name = INSIDE + key[len(KEY) :] + ".json"
            self.wire.artifact(name, file.name)
        return name


_job: Optional[Recorder] = None


def of_job() -> Recorder:
    """The recorder of the job that this process is part of, one for all runs that scripts get of it."""
    global _job
    from hyperstep import tracking

    wire = tracking.current_run()
    assert isinstance(wire, tracking.Run), "a job has a wire"
    if _job is None or _job.wire is not wire:
        _job = Recorder(wire)
    return _job


def plain(value: Any) -> Any:
    """A number, truth value, text or None; scalars of NumPy and torch become Python's, all else its text."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value if type(value) in (bool, int, float, str, type(None)) else _python(value)
    if hasattr(value, "item"):
        try:
            return plain(value.item())
        except (ValueError, RuntimeError, TypeError):  # an array of several numbers
            pass
    return str(value)


def _python(value: Any) -> Any:
    """A value of a subclass, such as numpy.float64 and IntEnum, as the class of Python's."""
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def is_metric(value: Any) -> bool:
    """Whether the engine can hold it: a number, and no integer that a float can't."""
    return isinstance(value, float) or (isinstance(value, int) and abs(value) <= _EXACT)


def merged(points: Iterable[List[Any]], records: Iterable[Record], name: Optional[str] = None) -> Dict[str, Any]:
    """What `get_metrics` returns: a value logged once as itself, several as a list; rows and tables by column.

    points: [name, value, time] each.
    """
    types: Dict[str, List[str]] = {}
    entries = []
    for record in records:
        if record["kind"] == "type":
            types.setdefault(record["name"], []).append(record["value"])
        elif record["kind"] in METRICS:
            entries.append((record["at"], record["name"], record["kind"], record["value"]))
    entries += [(at, of, "value", _typed(value, types.get(of, []))) for of, value, at in points]
    entries.sort(key=lambda entry: entry[0])
    found: Dict[str, List[Any]] = {}
    columns: Dict[str, Dict[str, List[Any]]] = {}
    for _, of, kind, value in entries:
        if name not in (None, of):
            continue
        if kind == "value":
            found.setdefault(of, []).append(value)
        elif kind == "list":
            found.setdefault(of, []).extend(value)
        else:
            for column, cell in value.items():
                cells = cell if kind == "table" else [cell]
                columns.setdefault(of, {}).setdefault(column, []).extend(cells)
    whole: Dict[str, Any] = {of: _one_or_all(values) for of, values in found.items()}
    for of, cells_by in columns.items():
        whole[of] = {column: _one_or_all(cells) for column, cells in cells_by.items()}
    return whole


def _typed(value: float, kinds: List[str]) -> Any:
    if kinds == ["bool"] * len(kinds) and kinds and value in (0, 1):
        return bool(value)
    return int(value) if kinds and value - value == 0 and value == int(value) else value


def _one_or_all(values: List[Any]) -> Any:
    return values[0] if len(values) == 1 else values


class Logged:
    """What a run has logged, from whatever place: points, records, tags, and files of a wire.

    files: where the copy lies that was handed over under a name.
    """

    def __init__(self) -> None:
        self.points: List[List[Any]] = []
        self.records: List[Record] = []
        self.tags: Dict[str, str] = {}
        self.files: Dict[str, str] = {}

    def hear(self, wire: str) -> Logged:
        """Add what stands on a wire."""
        import json

        from hyperstep.tracking import messages

        for message in _lines(wire, messages.read):
            kind = message["kind"]
            if kind == messages.METRIC:
                self.points.append([message["name"], float(message["value"]), message["at"]])
            elif kind == messages.ARTIFACT:
                self.files[message["name"]] = os.path.join(os.path.dirname(wire), message["path"])
            elif kind == messages.TAG and message["key"].startswith(KEY):
                record = json.loads(message["value"])
                if "file" in record:
                    with open(self.files[record["file"]], encoding="utf-8") as file:
                        record["value"] = json.load(file)
                self.records.append(record)
            elif kind == messages.TAG:
                self.tags[message["key"]] = message["value"]
        return self

    def add(self, answer: Dict[str, Any]) -> Logged:
        """Add what the engine answers about a job."""
        self.points += answer["metrics"]
        self.records += answer["records"]
        self.tags.update(answer["tags"])
        return self

    def of_kind(self, kind: str) -> List[Record]:
        """The records of a kind, oldest first."""
        return sorted((record for record in self.records if record["kind"] == kind), key=lambda record: record["at"])


def _lines(path: str, read: Any) -> List[Dict[str, Any]]:
    try:
        with open(path, "rb") as wire:
            found, _ = read(wire.read())
    except FileNotFoundError:
        return []
    return [message for message in found if message is not None]
