"""Early: warm processes that begin to import while hyperstep itself is still being loaded.

The libraries of a training script take a second to import, our own modules a
fifth of that. Started first and on another core, the one hides the other. So
this module imports little, and is called before the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from hyperstep.compute.link import Link, Switchboard
from hyperstep.compute.scan import modules_of, scan
from hyperstep.compute.variables import inherited
from hyperstep.errors import HyperstepError
from hyperstep.interpreter import executable
from hyperstep.pipeline.environment import Environment, Start
from hyperstep.pipeline.graph import HasSteps, script_of

Links = dict[str, Link]
Scripts = Iterable[tuple[Environment, list[tuple[Path, str]]]]


def scripts_of(pipeline: HasSteps, base: Path) -> Scripts:
    """Every environment of a pipeline with its scripts, each a source folder and a path below it."""
    found: list[tuple[Environment, list[tuple[Path, str]]]] = []
    for script in filter(None, map(script_of, pipeline.steps)):
        place = (base / script.source.folder, script.script)
        for environment, places in found:
            if environment == script.environment:
                places.append(place)
                break
        else:
            found.append((script.environment, [place]))
    return found


def begin(pipeline: HasSteps, base: Path, home: Path) -> Links:
    """Start the warm processes of a pipeline's environments, by the key that LocalCompute knows them by.

    Whatever goes wrong is left to the job that meets it again, and says it.
    """
    links: Links = {}
    board = Switchboard(home.resolve())
    for environment, places in scripts_of(pipeline, base):
        if environment.start is Start.SPAWN:
            continue
        with suppress(OSError, HyperstepError):
            python = executable(environment.python)
            variables = {**inherited(), **environment.variables}
            key = board.key(python, variables)
            if key not in links:
                links[key] = board.start(key, python, variables)
            links[key].preload(modules_of(environment, [scan(folder, script) for folder, script in places]))
    board.close((), wait=0)
    return links
