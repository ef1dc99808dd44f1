"""The store against a model: any operations in any order, opened anew between any two."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from stories import SHORT, artifact, events, once

from hyperstep.engine.events import (
    ModelRegistered,
    ModelRequested,
    Result,
    ReuseAnswered,
    RunSubmitted,
    StepEnded,
    StepReady,
    TrialSuggested,
)
from hyperstep.errors import DefinitionError
from hyperstep.store.sqlite import SqliteStore

FORBIDDEN = (RunSubmitted, ModelRequested, ModelRegistered, StepReady, StepEnded)  # they have rules of their own here


class StoreMachine(RuleBasedStateMachine):
    """The model is a list of (run, repr of the event), the versions granted, and the results that can be reused."""

    @initialize()
    def open(self) -> None:
        self.cleanup = ExitStack()
        self.path = Path(self.cleanup.enter_context(tempfile.TemporaryDirectory())) / "hyperstep.db"
        self.store = SqliteStore(self.path)
        self.log: list[tuple[str, str]] = []
        self.told: dict[str, list[object]] = {}
        self.granted: dict[str, int] = {}
        self.versions: Counter[str] = Counter()
        self.results: dict[str, str] = {}
        self.runs = 0

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.cleanup.close()

    @rule()
    def submit(self) -> None:
        event = RunSubmitted(pipeline=SHORT)
        self.runs += 1

        assert self.store.new_run(event) == str(self.runs)
        self.log.append((str(self.runs), repr(event)))
        self.told[str(self.runs)] = [event]

    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def append(self, data: st.DataObject) -> None:
        run = str(data.draw(st.integers(1, self.runs)))
        drawn = data.draw(st.lists(events(run).filter(lambda event: not isinstance(event, FORBIDDEN)), max_size=5))
        before = self.told[run]
        batch = once([*before, *drawn])[len(before) :]
        recorded = self.store.append(run, batch)

        assert [one.number for one in recorded] == list(range(len(self.log) + 1, len(self.log) + len(batch) + 1))
        self.log += [(run, repr(event)) for event in batch]
        self.told[run] = [*before, *batch]

    @precondition(lambda self: self.runs)
    @rule()
    def append_what_can_not_be_written(self) -> None:
        event = TrialSuggested(step="1/tune", number=99, values={"a": object()})
        with pytest.raises(DefinitionError):
            self.store.append("1", [event])

    @precondition(lambda self: self.runs)
    @rule(request=st.sampled_from("abcdef"), name=st.sampled_from(["ridge", "lasso"]))
    def register(self, request: str, name: str) -> None:
        run = str(self.runs)
        wish = ModelRequested(request=request, name=name, artifact=artifact(1))
        recorded = [one.event for one in self.store.register(run, wish)]
        if request in self.granted:
            assert recorded == []
            return
        self.versions[name] += 1
        self.granted[request] = self.versions[name]

        assert recorded == [wish, ModelRegistered(request=request, name=name, version=self.versions[name])]
        self.log += [(run, repr(event)) for event in recorded]

    @precondition(lambda self: self.runs)
    @rule(fingerprint=st.sampled_from("xyz"), result=st.sampled_from([Result.COMPLETED, Result.FAILED]))
    def compute(self, fingerprint: str, result: Result) -> None:
        self.submit()
        step = f"{self.runs}/tune"
        batch = [StepReady(step=step, fingerprint=fingerprint), StepEnded(step=step, result=result)]
        self.store.append(str(self.runs), batch)
        self.log += [(str(self.runs), repr(event)) for event in batch]
        if result is Result.COMPLETED:
            self.results[fingerprint] = step

    @precondition(lambda self: self.runs)
    @rule(fingerprint=st.sampled_from("xyz"))
    def find_equal(self, fingerprint: str) -> None:
        ready = StepReady(step="0/tune", fingerprint=fingerprint)

        assert self.store.find_equal(ready) == ReuseAnswered(step="0/tune", reused=self.results.get(fingerprint, ""))

    @rule()
    def open_anew(self) -> None:
        self.store.close()
        self.store = SqliteStore(self.path)

    @rule()
    def break_off_a_transaction(self) -> None:
        """A transaction that never commits is as if it had never begun."""
        self.store.db.execute("BEGIN IMMEDIATE")
        self.store.db.execute("INSERT INTO event VALUES (1000000, '1', 'DriverStarted', 0, 0, '{}')")
        self.store.db.close()
        self.store = SqliteStore(self.path)

    @precondition(lambda self: self.runs)
    @rule()
    def another_process_submits(self) -> None:
        event = RunSubmitted(pipeline=SHORT)
        self.store.tail_changed()
        with SqliteStore(self.path) as other:
            self.runs += 1
            assert other.new_run(event) == str(self.runs)
        self.log.append((str(self.runs), repr(event)))
        self.told[str(self.runs)] = [event]

        assert self.store.tail_changed()

    @invariant()
    def the_log_is_what_was_appended(self) -> None:
        if not hasattr(self, "store"):
            return
        recorded = list(self.store.read())

        assert [(one.run, repr(one.event)) for one in recorded] == self.log
        assert [one.number for one in recorded] == list(range(1, len(self.log) + 1))

    @rule()
    def rows_are_those_of_the_whole_log(self) -> None:
        before = self.rows()
        self.store.rebuild()

        assert self.rows() == before

    def rows(self) -> dict[str, list[object]]:
        tables = [name for (name,) in self.store.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(self.store.db.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in tables}


TestStore = StoreMachine.TestCase
TestStore.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
