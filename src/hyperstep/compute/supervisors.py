"""Supervisors: the one that is right for a job, started when the first job needs it, or found still running."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from hyperstep.compute.ears import Ears
from hyperstep.compute.link import Link, Switchboard
from hyperstep.compute.scan import Modules
from hyperstep.compute.variables import inherited
from hyperstep.engine.ids import JobId
from hyperstep.interpreter import executable
from hyperstep.pipeline.environment import Environment
from hyperstep.supervisor.orders import AUTO, SPAWN, Message


class Supervisors:
    """All supervisors that this driver knows; thread-safe.

    begun: those that were started before this object, by key.
    """

    def __init__(self, board: Switchboard, ears: Ears, begun: Mapping[str, Link]) -> None:
        self._board = board
        self._ears = ears
        self._inherited = inherited()
        self._lock = threading.Lock()  # of all that follows
        self._links = dict(begun)
        self._deadly: set[tuple[str, str]] = set()  # keys of supervisors, each with a module whose import ended one
        self._looked = False

    def variables(self, environment: Environment, more: Mapping[str, str]) -> dict[str, str]:
        """All environment variables of a job but for those that tell it who it is."""
        return {**self._inherited, **environment.variables, **more}

    def of(self, environment: Environment, more: Mapping[str, str]) -> Link:
        """The supervisor for jobs of an environment with more variables.

        Raises DefinitionError or OSError if there is no such interpreter.
        """
        python = executable(environment.python)
        variables = self.variables(environment, more)
        key = self._board.key(python, variables)
        with self._lock:
            link = self._links.get(key)
            if link is None:
                link = self._links[key] = self._board.start(key, python, variables)
                self._ears.add(link)
            return link

    def warm(self, link: Link, modules: Modules, order: Message) -> Message:
        """Have a supervisor import what a job will, if it is to be a fork; returns the order that it can carry out."""
        deadly = [name for name, _ in modules if (link.key, name) in self._deadly]
        if deadly and order["start"] == AUTO:
            return {**order, "start": SPAWN, "reason": f"the warm process ended while it imported {deadly[0]}"}
        if order["start"] != SPAWN:
            link.preload([one for one in modules if one[0] not in deadly])
        return order

    def running(self, job: JobId) -> Link | None:
        """The supervisor of an earlier driver that runs a job, or None."""
        with self._lock:
            if not self._looked:
                self._looked = True
                for link in self._board.find({link.name for link in self._links.values()}):
                    self._links[link.key if link.key not in self._links else link.name] = link
                    self._ears.add(link)
            return next((link for link in self._links.values() if job in link.jobs), None)

    def forget(self, link: Link) -> None:
        """A supervisor is gone."""
        with self._lock:
            if link.importing:
                self._deadly.add((link.key, link.imports))
            self._links = {key: other for key, other in self._links.items() if other is not link}
        link.end.close()
        link.reap()

    def close(self, *, wait: float) -> None:
        """Let go of all; see Link.leave."""
        self._board.close(self._links.values(), wait=wait)
