"""Pipeline: steps and what flows between them, checked as a whole."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from hyperstep.errors import DefinitionError, GraphError
from hyperstep.pipeline import accept
from hyperstep.pipeline.data import BestFile, Dataset, OutputOf, Reference, TrialTable
from hyperstep.pipeline.graph import AnyStep, after_of, inputs_of, order, script_of
from hyperstep.pipeline.names import did_you_mean, listed
from hyperstep.pipeline.parameter import Parameter, ParameterValue
from hyperstep.pipeline.register import RegisterStep
from hyperstep.pipeline.step import Step
from hyperstep.pipeline.tune import TuneStep

__all__ = ["AnyStep", "Pipeline"]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A named DAG of steps; making one checks it.

    Raises GraphError for a cycle or for data that no step makes, DefinitionError for names that are
    empty or used twice.
    """

    name: str
    steps: tuple[AnyStep, ...]
    _: KW_ONLY
    description: str = ""

    def __post_init__(self) -> None:
        accept.title(self.name, "A Pipeline's name")
        accept.text(self.description, f"The description of Pipeline {self.name!r}", empty=True)
        object.__setattr__(self, "steps", _steps(self.steps, f"Pipeline {self.name!r}"))
        for step in self.steps:
            self._check_after(step)
            for reference in inputs_of(step):
                if not isinstance(reference, Dataset):
                    self._check_reference(step, reference)
        order(self)
        _ = self.parameters

    @property
    def parameters(self) -> dict[str, ParameterValue]:
        """The default of every parameter by name, in the order of their first use.

        Raises DefinitionError if a name has two defaults.
        """
        found: dict[str, ParameterValue] = {}
        for step in self.steps:
            for item in step_parameters(step):
                default = found.setdefault(item.name, item.default)
                if (type(default), default) != (type(item.default), item.default):
                    raise DefinitionError(
                        f"Parameter {item.name!r} has the default {default!r} and, in step {step.name!r}, "
                        f"{item.default!r}. Give both the same, or make it one Parameter and use that twice."
                    )
        return found

    def _named(self, name: str) -> AnyStep | None:
        return next((step for step in self.steps if step.name == name), None)

    def _check_after(self, step: AnyStep) -> None:
        for name in after_of(step):
            if self._named(name) is None:
                raise GraphError(f"Step {step.name!r} is to run after {name!r}, {self._no_such_step(name)}")

    def _check_reference(self, step: AnyStep, reference: OutputOf | BestFile | TrialTable) -> None:
        maker = self._named(reference.step)
        if maker is None:
            raise GraphError(f"Step {step.name!r} takes {_what(reference)}, {self._no_such_step(reference.step)}")
        if not isinstance(reference, OutputOf):
            if not isinstance(maker, TuneStep):
                raise GraphError(
                    f"Step {step.name!r} takes {_what(reference)}, but {maker.name!r} isn't a tuning step, so it has "
                    f"no trials. Use {maker.name!r}'s output('name') for what it makes."
                )
            return
        script = script_of(maker)
        declared = script.outputs if script else ()
        if reference.name not in declared:
            raise GraphError(
                f"Step {step.name!r} takes {_what(reference)}, but {maker.name!r} declares {listed(declared)}."
                f"{did_you_mean(reference.name, declared)} Add Output({reference.name!r}) to its arguments, "
                f"or take what it makes."
            )

    def _no_such_step(self, name: str) -> str:
        """The second half of a sentence about a step that isn't there."""
        wrapper = next((step for step in self.steps if isinstance(step, TuneStep) and step.step.name == name), None)
        if wrapper:
            return (
                f"but that step is wrapped by the tuning step {wrapper.name!r}. "
                f"Refer to {wrapper.name!r}, of which you get the best trial's."
            )
        names = [step.name for step in self.steps]
        return f"but the pipeline has no step of that name; it has {listed(names)}.{did_you_mean(name, names)}"


def step_parameters(step: AnyStep) -> tuple[Parameter, ...]:
    """The parameters among a step's arguments and variables, in their order."""
    script = script_of(step)
    return tuple(item for item in script.atoms if isinstance(item, Parameter)) if script else ()


def _what(reference: Reference) -> str:
    match reference:
        case OutputOf(step, name):
            return f"output {name!r} of {step!r}"
        case BestFile(step, path):
            return f"{path!r} of the best trial of {step!r}"
        case TrialTable(step, _):
            return f"the trials of {step!r}"
        case Dataset(path):
            return f"the file {path!r}"


def _steps(values: object, where: str) -> tuple[AnyStep, ...]:
    if not isinstance(values, (list, tuple)):
        raise DefinitionError(f"{where} has the steps {accept.shown(values)}, but takes a list. Write [prep, train].")
    if not values:
        raise DefinitionError(f"{where} has no steps. Give it at least one.")
    names: set[str] = set()
    for number, step in enumerate(values, 1):
        if not isinstance(step, (Step, TuneStep, RegisterStep)):
            raise DefinitionError(
                f"{where}: step {number} is {accept.shown(step)}, but must be a Step, a TuneStep or a RegisterStep."
            )
        if step.name in names:
            raise DefinitionError(
                f"{where} has two steps named {step.name!r}. Give one of them another name: Step(..., name='...')."
            )
        names.add(step.name)
    return tuple(values)
