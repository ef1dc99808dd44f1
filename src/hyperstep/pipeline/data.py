"""What steps exchange: outputs, the best trial's files, the table of trials, files from outside."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Output:
    """Among a step's arguments: the path where its script makes a file or a folder.

    The path's parent exists; the path itself doesn't.
    """

    name: str


@dataclass(frozen=True, slots=True)
class OutputOf:
    """What another step made; `step.output("data")` makes one.

    Of a tuning step: the output of its best completed trial.
    """

    step: str
    name: str


@dataclass(frozen=True, slots=True)
class BestFile:
    """A file or folder that the best completed trial of a tuning step wrote.

    path: below the trial's working folder, within `outputs/`, with `/`: `outputs/model.pkl`.
    """

    step: str
    path: str


@dataclass(frozen=True, slots=True)
class TrialTable:
    """The table of a tuning step's trials, as a JSON file.

    `{"42/tune/0": {"r2": [0.19], "mse": [4150.7]}, ...}`: trial, metric, the values in the order they were logged.
    """

    step: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A file or folder from outside the pipeline, copied when a run is submitted.

    path: relative paths are seen from the working folder of the process that submits.
    """

    path: str


Reference = OutputOf | BestFile | TrialTable | Dataset
