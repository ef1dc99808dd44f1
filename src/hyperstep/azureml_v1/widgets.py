"""RunDetails: a run in a notebook, looked at again until it ends; elsewhere as text."""

from __future__ import annotations

import sys
import threading
from html import escape
from importlib import import_module
from typing import Any, Dict, List

from hyperstep.azureml_v1 import run_state
from hyperstep.azureml_v1.run import ENDED
from hyperstep.azureml_v1.v1_object import V1Object

PAUSE = 2.0
"""Seconds between two looks."""


class RunDetails(V1Object):
    """A view of a run, its children and its metrics."""

    def __init__(self, run_instance: Any) -> None:
        self.run = run_instance

    def show(self, render_lib: Any = None, widget_settings: Any = None) -> None:
        """Show the run; in a notebook with ipywidgets it is kept up to date until the run ends."""
        if not _in_notebook():
            print(self._text())
            return
        shown = import_module("IPython.display")
        try:
            widget = import_module("ipywidgets").HTML(self._html())
        except ImportError:
            shown.display(shown.HTML(self._html()))
            return
        shown.display(widget)
        threading.Thread(target=self._refresh, args=(widget,), daemon=True).start()

    def get_widget_data(self, widget_settings: Any = None) -> Dict[str, Any]:
        """What the view shows: status, metrics and children."""
        children = run_state.children(self.run)
        return {
            "run_id": self.run.id,
            "status": self.run.get_status(),
            "run_metrics": self.run._own_metrics(),
            "child_runs": [
                {"run_id": child, "status": status, "metrics": metrics} for child, status, metrics in children
            ],
        }

    def _refresh(self, widget: Any) -> None:
        ended = threading.Event()
        while not ended.wait(PAUSE):
            status = self.run.get_status()
            widget.value = self._html()
            if status in ENDED or status == "Finished":
                ended.set()

    def _lines(self) -> List[List[str]]:
        """A line for the run and for each child: id, status, metrics."""
        data = self.get_widget_data()
        own = [data["run_id"], data["status"], _short(data["run_metrics"])]
        return [own, *([one["run_id"], one["status"], _short(one["metrics"])] for one in data["child_runs"])]

    def _text(self) -> str:
        lines = ["  ".join(filter(None, line)) for line in self._lines()]
        return "\n".join([*lines, "Link to the run's folder: %s" % self.run.get_portal_url()])

    def _html(self) -> str:
        rows = "".join("<tr>%s</tr>" % "".join("<td>%s</td>" % escape(cell) for cell in line) for line in self._lines())
        url = escape(self.run.get_portal_url())
        heads = "<tr><th>Run</th><th>Status</th><th>Metrics</th></tr>"
        return '<table>%s%s</table><a href="%s">%s</a>' % (heads, rows, url, url)


def _in_notebook() -> bool:
    """Whether this process is a kernel that shows more than text."""
    if "IPython" not in sys.modules:
        return False
    shell = import_module("IPython").get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def _short(metrics: Dict[str, Any]) -> str:
    """The last value of each metric; of tables and documents, none."""
    plain = {name: value for name, value in metrics.items() if not isinstance(value, dict)}
    last = {name: value[-1] if isinstance(value, list) else value for name, value in plain.items()}
    return ", ".join("%s=%s" % (name, _shown(value)) for name, value in last.items())


def _shown(value: Any) -> str:
    text = "%.6g" % value if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else text[:37] + "..."
