"""Step: one script, its arguments, and what it follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import PurePosixPath

from hyperstep.errors import DefinitionError
from hyperstep.pipeline import accept
from hyperstep.pipeline.data import BestFile, Dataset, Output, OutputOf, TrialTable
from hyperstep.pipeline.environment import Environment
from hyperstep.pipeline.names import did_you_mean, listed
from hyperstep.pipeline.parameter import Parameter
from hyperstep.pipeline.source import Source

Argument = str | bool | int | float | Parameter | Output | OutputOf | BestFile | TrialTable | Dataset


@dataclass(frozen=True, slots=True)
class Step:
    """Run one script once.

    script: path below the source folder.
    name: unique in its pipeline; the script's name without folder and ending if left out.
    arguments: what follows the script on its command line, in this order.
    after: names of steps that must have ended first, though no data flows.
    reuse: take an earlier run's outputs if script, arguments, inputs and environment are the same.
    timeout: seconds until the script and all it started are stopped; None for no limit.
    """

    script: str
    _: KW_ONLY
    name: str = ""
    arguments: tuple[Argument, ...] = ()
    source: Source = field(default_factory=Source)
    environment: Environment = field(default_factory=Environment)
    variables: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    reuse: bool = True
    timeout: float | None = None

    def __post_init__(self) -> None:
        keep = object.__setattr__
        keep(self, "script", accept.inner_path(self.script, "A Step's script", within="its source folder"))
        keep(
            self,
            "name",
            accept.title(self.name or PurePosixPath(self.script).stem, f"The name of Step {self.script!r}"),
        )
        where = f"Step {self.name!r}: its"
        keep(self, "arguments", _arguments(self.arguments, f"Step {self.name!r}:"))
        source: object = self.source
        source = Source(source) if isinstance(source, str) else source
        keep(self, "source", accept.instance(source, Source, f"{where} source", hint="Source('folder')"))
        accept.instance(self.environment, Environment, f"{where} environment", hint="Environment(...)")
        keep(self, "variables", accept.variables(self.variables, f"{where} variables"))
        keep(self, "after", accept.texts(self.after, f"{where} after"))
        accept.yes_or_no(self.reuse, f"{where} reuse")
        keep(self, "timeout", accept.seconds(self.timeout, f"{where} timeout"))

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs among the arguments, each once, in their order."""
        return tuple(dict.fromkeys(item.name for item in self.arguments if isinstance(item, Output)))

    def output(self, name: str) -> OutputOf:
        """What this step makes under `name`, as an argument of a later step.

        Raises DefinitionError if no argument is Output(name).
        """
        return OutputOf(self.name, checked_output(self, name, self.name))


def checked_output(step: Step, name: str, shown_as: str) -> str:
    """The name of an output that the step has among its arguments.

    shown_as: the step's name in the message: a tuning step's, if it wraps this one.
    """
    if name not in step.outputs:
        raise DefinitionError(
            f"Step {shown_as!r} has no output {name!r}; it declares {listed(step.outputs)}."
            f"{did_you_mean(name, step.outputs)} An output is declared by Output({name!r}) among the step's arguments."
        )
    return name


def _arguments(values: object, where: str) -> tuple[Argument, ...]:
    if not isinstance(values, (list, tuple)):
        raise DefinitionError(
            f"{where} its arguments are {accept.shown(values)}, but must be a list. Write ['--name', value, ...]."
        )
    return tuple(_argument(value, f"{where} argument {number}") for number, value in enumerate(values, 1))


def _argument(value: object, where: str) -> Argument:
    match value:
        case str():
            return accept.text(value, where, empty=True)
        case bool() | int() | float() | Parameter() | Output() | OutputOf() | BestFile() | TrialTable() | Dataset():
            return value
        case _:
            hint = (
                f"Write {value.name}.output('name') for what it makes."
                if isinstance(value, Step)
                else "Write Dataset(path) for a file or folder that the script reads, str(...) for text."
            )
            raise DefinitionError(
                f"{where} is {accept.shown(value)}, but must be text, a number, a Parameter, an Output, a Dataset, "
                f"or what another step makes. {hint}"
            )
