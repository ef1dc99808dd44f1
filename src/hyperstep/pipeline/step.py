"""Step: one script, its arguments, and what it follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import PurePosixPath

from hyperstep.errors import DefinitionError
from hyperstep.pipeline import accept
from hyperstep.pipeline.data import BestFile, Dataset, JobName, Joined, Output, OutputOf, TrialTable
from hyperstep.pipeline.environment import Environment
from hyperstep.pipeline.names import did_you_mean, listed
from hyperstep.pipeline.parameter import Parameter
from hyperstep.pipeline.source import Source

Atom = str | bool | int | float | Parameter | Output | OutputOf | BestFile | TrialTable | Dataset | JobName
Argument = Atom | Joined


@dataclass(frozen=True, slots=True)
class Step:
    """Run one script, or one command, once.

    script: path below the source folder; empty if there is a command.
    name: unique in its pipeline; the script's name without folder and ending if left out.
    arguments: what follows the script on its command line, in this order; a command finds them as $1, $2 and so on.
    variables: environment variables; a value may be whatever an argument may be.
    command: for the shell, run in a copy of the source folder, with the environment's Python as `python`.
    after: names of steps that must have ended first, though no data flows.
    reuse: take an earlier run's outputs if script, arguments, inputs and environment are the same.
    timeout: seconds until the script and all it started are stopped; None for no limit.
    """

    script: str = ""
    _: KW_ONLY
    name: str = ""
    arguments: tuple[Argument, ...] = ()
    source: Source = field(default_factory=Source)
    environment: Environment = field(default_factory=Environment)
    variables: Mapping[str, Argument] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    reuse: bool = True
    timeout: float | None = None
    command: str = ""

    def __post_init__(self) -> None:
        keep = object.__setattr__
        _check_what_runs(self.script, self.command, self.name)
        if not self.command:
            keep(self, "script", accept.inner_path(self.script, "A Step's script", within="its source folder"))
        plain = self.name or PurePosixPath(self.script).stem
        keep(self, "name", accept.title(plain, f"The name of Step {self.script or self.command!r}"))
        where = f"Step {self.name!r}: its"
        keep(self, "arguments", _arguments(self.arguments, f"Step {self.name!r}:"))
        source: object = self.source
        source = Source(source) if isinstance(source, str) else source
        keep(self, "source", accept.instance(source, Source, f"{where} source", hint="Source('folder')"))
        accept.instance(self.environment, Environment, f"{where} environment", hint="Environment(...)")
        keep(self, "variables", _variables(self.variables, f"{where} variables"))
        keep(self, "after", accept.texts(self.after, f"{where} after"))
        accept.yes_or_no(self.reuse, f"{where} reuse")
        keep(self, "timeout", accept.seconds(self.timeout, f"{where} timeout"))

    @property
    def atoms(self) -> Iterator[Atom]:
        """All that stands among the arguments and variables, the parts of what is joined one by one."""
        for item in (*self.arguments, *self.variables.values()):
            if isinstance(item, Joined):
                yield from item.parts  # type: ignore[misc]  # checked when the step was made
            else:
                yield item

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs among the arguments and variables, each once, in their order."""
        return tuple(dict.fromkeys(item.name for item in self.atoms if isinstance(item, Output)))

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


def _check_what_runs(script: object, command: object, name: str) -> None:
    if not script and not command:
        raise DefinitionError("A Step's script is empty. Write Step('train.py'), or Step(command='...', name='...').")
    if script and command:
        raise DefinitionError(f"A Step has the script {script!r} and the command {command!r}. Keep one of them.")
    if command:
        accept.text(command, "A Step's command")
        if not name:
            raise DefinitionError(f"The Step of the command {command!r} has no name. Give it one: name='...'.")


def _arguments(values: object, where: str) -> tuple[Argument, ...]:
    if not isinstance(values, (list, tuple)):
        raise DefinitionError(
            f"{where} its arguments are {accept.shown(values)}, but must be a list. Write ['--name', value, ...]."
        )
    return tuple(_argument(value, f"{where} argument {number}") for number, value in enumerate(values, 1))


def _variables(values: object, where: str) -> dict[str, Argument]:
    if not isinstance(values, Mapping):
        raise DefinitionError(f"{where} is {accept.shown(values)}, but must be a mapping: {{name: value}}.")
    found = {}
    for name, value in values.items():
        if "=" in accept.text(name, f"A name in {where}"):
            raise DefinitionError(f"{where} has {name!r}, but a variable's name can't hold '='.")
        found[name] = _argument(value, f"{where}[{name!r}]")
    return found


def _argument(value: object, where: str) -> Argument:
    if isinstance(value, Joined):
        for number, part in enumerate(value.parts, 1):
            _atom(part, f"{where}, part {number},")
        return value
    return _atom(value, where)


def _atom(value: object, where: str) -> Atom:
    match value:
        case str():
            return accept.text(value, where, empty=True)
        case bool() | int() | float() | Parameter() | Output() | JobName():
            return value
        case OutputOf() | BestFile() | TrialTable() | Dataset():
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
