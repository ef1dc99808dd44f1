"""What a run logs, and what it has logged."""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know the name; importing typing takes longer than all that a script's run needs

if TYPE_CHECKING:
    from typing import Any, Dict, Optional

    from hyperstep.azureml_v1.recorded import Logged, Recorder


class Logs:
    """The part of a Run that logs."""

    id: str
    _kept_recorder: Optional[Recorder] = None

    def log(self, name: str, value: Any, description: str = "", step: Optional[int] = None) -> None:
        """Log a number, or text; numbers are the metrics that searches and policies look at."""
        if isinstance(value, (list, range)) or hasattr(value, "__next__") or _is_array(value):
            _refuse("run.log does not support list type. Use run.log_list instead")
        self._recorder.value(name, value, step)

    def log_list(self, name: str, value: Any, description: str = "") -> None:
        """Log several values; numbers count one by one, as if each had been logged."""
        from hyperstep.azureml_v1.recorded import is_metric

        values = [_cell(one) for one in value]
        if all(map(is_metric, values)):
            if any(type(one) is float for one in values):  # whole numbers beside others are as v1 gives them: 1.0
                values = [float(one) if type(one) is int else one for one in values]
            for one in values:
                self._recorder.value(name, one)
        elif values:
            self._recorder.record(name, "list", values)

    def log_row(self, name: str, description: Optional[str] = None, **kwargs: Any) -> None:
        """Log a row of named columns."""
        for column, value in kwargs.items():
            if _is_many(value):
                _fail("Rows cannot contain list values, column %s contains a list." % column)
        self._recorder.record(name, "row", {column: _cell(value) for column, value in kwargs.items()})

    def log_table(self, name: str, value: Dict[str, Any], description: str = "") -> None:
        """Log a table: a list of values for each column."""
        table = {
            column: [_cell(one) for one in (cells if _is_many(cells) else [cells])] for column, cells in value.items()
        }
        lengths = {column: len(cells) for column, cells in table.items()}
        first = next(iter(lengths), None)
        for column, length in lengths.items():
            if first is not None and length != lengths[first]:
                _fail(
                    "Columns must have the same length, column %s had length %d, however, column %s had length %d."
                    % (first, lengths[first], column, length)
                )
        if table:
            self._recorder.record(name, "table", table)

    def log_image(self, name: str, path: Optional[str] = None, plot: Any = None, description: str = "") -> None:
        """Keep a picture: a file, or what has a `savefig`, such as matplotlib's pyplot and figures."""
        import os
        import time

        if (path is None) == (plot is None):
            _refuse("run.log_image takes a path or a plot, one of them. Give the file's path, or plot=plt.")
        suffix = ".png" if path is None else os.path.splitext(path)[1] or ".png"
        kept = "%s_%d%s" % (name, time.time_ns() // 1000, suffix)
        if path is not None:
            self._recorder.wire.artifact(kept, path)
        else:
            import tempfile

            with tempfile.NamedTemporaryFile(suffix=suffix) as file:
                plot.savefig(file.name, format="png", bbox_inches="tight")
                self._recorder.wire.artifact(kept, file.name)
        self._recorder.record(name, "value", "aml://artifactId/ExperimentRun/dcid.%s/%s" % (self.id, kept))

    def log_confusion_matrix(self, name: str, value: Any, description: str = "") -> None:
        """Keep a confusion matrix: a document with schema_type, schema_version and data."""
        self._log_document(name, value)

    def log_accuracy_table(self, name: str, value: Any, description: str = "") -> None:
        """Keep an accuracy table: a document with schema_type, schema_version and data."""
        self._log_document(name, value)

    def log_predictions(self, name: str, value: Any, description: str = "") -> None:
        """Keep predictions: a document with schema_type, schema_version and data."""
        self._log_document(name, value)

    def log_residuals(self, name: str, value: Any, description: str = "") -> None:
        """Keep residuals: a document with schema_type, schema_version and data."""
        self._log_document(name, value)

    def get_metrics(
        self: Any,
        name: Optional[str] = None,
        recursive: bool = False,
        run_type: Any = None,
        populate: bool = False,
        root_run_id: Any = None,
    ) -> Dict[str, Any]:
        """What was logged, by name: once as itself, several times as a list; recursive: by run, children included."""
        own: Dict[str, Any] = self._own_metrics(name)
        if not recursive:
            return own
        found = {self.id: own}
        for child in self.get_children(recursive=True):
            found[child.id] = child._own_metrics(name)
        return found

    def _own_metrics(self, name: Optional[str] = None) -> Dict[str, Any]:
        """What was logged to this run itself."""
        from hyperstep.azureml_v1.recorded import merged

        logged = self._logged()
        return merged(logged.points, logged.records, name)

    def _log_document(self, name: str, value: Any) -> None:
        import json

        document = json.loads(value) if isinstance(value, str) else value
        missing = [key for key in ("schema_type", "schema_version", "data") if key not in document]
        if missing:
            _refuse(
                "The document for %r lacks %s. It has schema_type, schema_version and data."
                % (name, ", ".join(missing))
            )
        self._recorder.record(name, "value", json.loads(json.dumps(document, default=_listed)))

    def _logged(self) -> Logged:
        raise NotImplementedError

    @property
    def _recorder(self) -> Recorder:
        raise NotImplementedError


def _is_array(value: Any) -> bool:
    count = 1
    for length in getattr(value, "shape", ()):
        count *= length
    return count != 1


def _is_many(value: Any) -> bool:
    return isinstance(value, (list, tuple, range)) or bool(getattr(value, "shape", ())) or hasattr(value, "__next__")


def _cell(value: Any) -> Any:
    """One value of a list, row or table."""
    from hyperstep.azureml_v1.recorded import plain

    if _is_many(value):
        _fail("Value of type %s is not supported" % type(value))
    return plain(value)


def _listed(value: Any) -> Any:
    """An array in a document as lists."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _refuse(message: str) -> None:
    from hyperstep.azureml_v1.exceptions import UserErrorException

    raise UserErrorException(message)


def _fail(message: str) -> None:
    from hyperstep.azureml_v1.exceptions import AzureMLException

    raise AzureMLException(message)
