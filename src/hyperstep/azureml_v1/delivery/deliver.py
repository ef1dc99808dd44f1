"""Put what a step made into its data store, and register it as a data set if that was asked for.

    deliver.py ORDER PATH

ORDER is JSON: {"step": its position, "name": of the output, "root": folder of the data store, "path": in it,
"register": null or {"name", "kind", "options", "description", "tags"}}; PATH is what the step made.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import Any, Dict

from hyperstep.azureml_v1.dataset import Dataset
from hyperstep.azureml_v1.workspace import Workspace


def main() -> None:
    order, made = json.loads(sys.argv[1]), sys.argv[2]
    step = "%s_%d" % (os.environ["AZUREML_RUN_ID"].partition("_")[0], order["step"])
    inner = order["path"].replace("{run-id}", step).replace("{output-name}", order["name"])
    place = os.path.join(order["root"], *inner.strip("/").split("/"))
    _copy(made, place)
    print("%s is in %s" % (order["name"], place))
    if order["register"] is not None:
        _register(place, order["register"])


def _copy(made: str, place: str) -> None:
    """Copy a file, or all files of a folder over those that are there, as an upload does."""
    if os.path.isfile(made):
        os.makedirs(os.path.dirname(place), exist_ok=True)
        shutil.copyfile(made, place)
        return
    for folder, _, files in os.walk(made):
        to = os.path.normpath(os.path.join(place, os.path.relpath(folder, made)))
        os.makedirs(to, exist_ok=True)
        for file in files:
            shutil.copyfile(os.path.join(folder, file), os.path.join(to, file))


def _register(place: str, asked: Dict[str, Any]) -> None:
    paths = place if os.path.isfile(place) else os.path.join(place, "**")
    options = dict(asked["options"])
    if asked["kind"] == "file":
        dataset: Any = Dataset.File.from_files(paths)
    elif options.pop("format") == "parquet":
        dataset = Dataset.Tabular.from_parquet_files(paths)
    else:
        dataset = Dataset.Tabular.from_delimited_files(paths, separator=options["separator"])
    for columns in ("keep_columns", "drop_columns"):
        if columns in options:
            dataset = getattr(dataset, columns)(options[columns])
    registered = dataset.register(
        Workspace.get("workspace"),
        asked["name"],
        description=asked.get("description"),
        tags=asked.get("tags"),
        create_new_version=True,
    )
    print("It is version %s of data set %s" % (registered.version, registered.name))


if __name__ == "__main__":
    main()
