"""What steps exchange: outputs, the best trial's files, the table of trials, files from outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from string import Formatter

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


TRIAL_IDS = "{run}/{step}/{trial}"


@dataclass(frozen=True, slots=True)
class TrialTable:
    """The table of a tuning step's trials, as a JSON file.

    `{"42/tune/0": {"r2": [0.19], "mse": [4150.7]}, ...}`: trial, metric, the values in the order they were logged.

    ids: what a trial is called there; {run}, {step}, {position} and {trial} are filled in, as in a JobName.
    """

    step: str
    ids: str = TRIAL_IDS

    def __post_init__(self) -> None:
        accept.title(self.step, "The step of a TrialTable")
        _check_form(self.ids, f"The ids of the TrialTable of {self.step!r}", ("run", "step", "position", "trial"))
        if "{trial}" not in self.ids:
            raise DefinitionError(
                f"The ids of the TrialTable of {self.step!r} are {self.ids!r}, which is the same for every trial. "
                f"Put {{trial}} into it."
            )


@dataclass(frozen=True, slots=True)
class JobName:
    """Among a step's arguments or variables: a name of the job itself.

    form: text in which {run}, {step}, {position}, {trial} and {attempt} are filled in when the job is made. The
        position is the step's in its pipeline, from 0; outside of a search {trial} is empty.
    counts: False for what a job is only called by: a step whose form is another is reused all the same.
    """

    form: str
    counts: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        _check_form(self.form, "The form of a JobName", ("run", "step", "position", "trial", "attempt"))


def _check_form(form: object, where: str, names: tuple[str, ...]) -> None:
    text = accept.text(form, where)
    possible = ", ".join(f"{{{name}}}" for name in names)
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise DefinitionError(f"{where} is {text!r}, which can't be filled in: {error}. Use {possible}.") from error
    for _, name, spec, conversion in parts:
        if name is not None and (name not in names or spec or conversion):
            raise DefinitionError(f"{where} is {text!r}, but only {possible} can be filled in.")


@dataclass(frozen=True, slots=True)
class Dataset:
    """A file or folder from outside the pipeline, copied when a run is submitted.

    path: relative paths are seen from the working folder, or from the file's folder under `hyperstep run FILE.py`.
    """

    path: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", accept.path(self.path, "The path of a Dataset"))


Reference = OutputOf | BestFile | TrialTable | Dataset


@dataclass(frozen=True, slots=True)
class Joined:
    """Among a step's arguments or variables: parts that follow each other without a blank, `--data=` and a path.

    parts: each may be what an argument may be, but not a Joined itself.
    """

    parts: tuple[object, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.parts, (list, tuple)) or not self.parts:
            raise DefinitionError(
                f"The parts of a Joined are {accept.shown(self.parts)}, but must be a list of at least one."
            )
        object.__setattr__(self, "parts", tuple(self.parts))
