"""What steps exchange: outputs, the best trial's files, the table of trials, files from outside."""

from __future__ import annotations

from dataclasses import dataclass

from hyperstep.errors import DefinitionError
from hyperstep.pipeline import accept

OUTPUTS = "outputs"
"""The folder in a script's working folder that is always kept."""


@dataclass(frozen=True, slots=True)
class Output:
    """Among a step's arguments: the path where its script makes a file or a folder.

    The path's parent exists; the path itself doesn't.
    """

    name: str

    def __post_init__(self) -> None:
        if accept.file_name(self.name, "An Output's name") == OUTPUTS:
            raise DefinitionError("An Output's name is 'outputs', but that folder is kept anyway. Name it otherwise.")


@dataclass(frozen=True, slots=True)
class OutputOf:
    """What another step made; `step.output("data")` makes one.

    Of a tuning step: the output of its best completed trial.
    """

    step: str
    name: str

    def __post_init__(self) -> None:
        accept.title(self.step, "The step of an OutputOf")
        accept.file_name(self.name, f"The output's name, in OutputOf({self.step!r}, ...),")


@dataclass(frozen=True, slots=True)
class BestFile:
    """A file or folder that the best completed trial of a tuning step wrote.

    path: below the trial's working folder, within `outputs/`, with `/`: `outputs/model.pkl`.
    """

    step: str
    path: str

    def __post_init__(self) -> None:
        accept.title(self.step, "The step of a BestFile")
        path = accept.inner_path(self.path, f"The path of a BestFile of {self.step!r}", within="the working folder")
        if not path.startswith(f"{OUTPUTS}/"):
            raise DefinitionError(
                f"The path of a BestFile of {self.step!r} is {self.path!r}, but of a trial's files only those below "
                f"'outputs/' are kept. Let the script write there, and use 'outputs/...'."
            )
        object.__setattr__(self, "path", path)


@dataclass(frozen=True, slots=True)
class TrialTable:
    """The table of a tuning step's trials, as a JSON file.

    `{"42/tune/0": {"r2": [0.19], "mse": [4150.7]}, ...}`: trial, metric, the values in the order they were logged.
    """

    step: str

    def __post_init__(self) -> None:
        accept.title(self.step, "The step of a TrialTable")


@dataclass(frozen=True, slots=True)
class Dataset:
    """A file or folder from outside the pipeline, copied when a run is submitted.

    path: relative paths are seen from the working folder, or from the file's folder under `hyperstep run FILE.py`.
    """

    path: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", accept.path(self.path, "The path of a Dataset"))


Reference = OutputOf | BestFile | TrialTable | Dataset
