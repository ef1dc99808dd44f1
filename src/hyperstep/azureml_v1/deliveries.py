"""Deliveries: what a step made goes to a place in a data store, or is registered, when the step has completed.

Each is one more step behind those of the pipeline; v1 code doesn't see it.
"""

from __future__ import annotations

import json
import os
from typing import Any, Dict, Iterator, Tuple

from hyperstep.azureml_v1 import delivery
from hyperstep.azureml_v1.ports import Made

KIND = "Delivery"
USUAL = "dataset/{run-id}/{output-name}"


def deliveries(steps: Dict[Any, int], workspace: Any) -> Iterator[Dict[str, Any]]:
    """Nodes of the plan for all that the steps make and that is to be delivered."""
    for step, number in steps.items():
        for name, made in step._outputs.items():
            if made._registration is not None or made._destination is not None:
                root, path = _place(made, workspace)
                order = {"step": number, "name": name, "root": root, "path": path, "register": made._registration}
                yield _node("deliver %s" % name, order, step._hands_on(made, number), number)


def _place(made: Made, workspace: Any) -> Tuple[str, str]:
    """The folder of the data store and the path in it."""
    destination = made._destination
    if destination is None:
        return workspace.get_default_datastore()._local(""), USUAL
    store, path = destination if isinstance(destination, tuple) else (destination, None)
    return store._local(""), path or USUAL


def _node(name: str, order: Dict[str, Any], made: Any, after: int) -> Dict[str, Any]:
    return {
        "name": name,
        "type": KIND,
        "source": os.path.dirname(os.path.abspath(delivery.__file__)),
        "script": "deliver.py",
        "command": None,
        "arguments": [json.dumps(order), made],
        "variables": {},
        "inputs": {},
        "outputs": {},
        "environment": {"name": "", "variables": {}, "python": None, "pip": [], "conda": []},
        "target": "",
        "after": [after],
        "reuse": False,
        "timeout": None,
        "hyperdrive": None,
    }
