"""Versions, aliases, lineage, and what can be taken again."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest
from stories import TUTORIAL, artifact, logged, requested, whole_run

from hyperstep import document
from hyperstep.engine.events import (
    ModelAliased,
    ModelRegistered,
    ModelRequested,
    Result,
    ReuseAnswered,
    RunSubmitted,
    StepEnded,
    StepReady,
)
from hyperstep.errors import NotFound
from hyperstep.pipeline.environment import Environment
from hyperstep.store import queries
from hyperstep.store.artifacts import FolderArtifacts
from hyperstep.store.sqlite import SqliteStore

WISH = ModelRequested(request="1/register", name="ridge", artifact=artifact(6))

FORK = multiprocessing.get_context("fork")  # no connection may be open in the process that forks


def register(path: Path, name: str) -> None:
    with SqliteStore(path) as store:
        for number in range(20):
            store.register("1", replace(WISH, request=f"{name}#{number}"))


def ran(store: SqliteStore, run: str = "") -> str:
    run = store.new_run(RunSubmitted(pipeline=TUTORIAL))
    *told, wish = whole_run(run)
    store.append(run, [*told, wish])
    store.register(run, wish)
    return run


def test_versions_count_from_one_for_each_name(store):
    wishes = [replace(WISH, request=str(number), name=name) for number, name in enumerate(["a", "b", "a"])]

    assert [store.register("1", wish)[-1].event.version for wish in wishes] == [1, 1, 2]


def test_a_wish_is_granted_once(store):
    first = store.register("1", WISH)

    assert [type(one.event) for one in first] == [ModelRequested, ModelRegistered]
    assert store.register("1", WISH) == []
    assert len(queries.model_versions(store.db, "ridge")) == 1


def test_a_wish_that_is_recorded_already_is_not_recorded_again(store):
    store.append("1", [WISH])

    assert [one.event for one in store.register("1", WISH)] == [
        ModelRegistered(request="1/register", name="ridge", version=1)
    ]


def test_processes_that_register_at_once_get_versions_of_their_own(path):
    processes = [FORK.Process(target=register, args=(path, str(number))) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0] * 3
    with SqliteStore(path) as store:
        assert [row.version for row in queries.model_versions(store.db, "ridge")] == list(range(60, 0, -1))


def test_an_alias_moves_to_the_newest_version_that_asks_for_it(store):
    for number in range(3):
        store.register("1", replace(WISH, request=str(number), aliases=("production", f"v{number}")))

    assert queries.model(store.db, "ridge", "production").version == 3
    assert [row.aliases for row in queries.model_versions(store.db, "ridge")] == [
        ("production", "v2"),
        ("v1",),
        ("v0",),
    ]


def test_an_alias_can_be_pointed_by_hand_and_stays_so_when_rows_are_folded_again(store):
    for number in range(2):
        store.register(str(number + 1), replace(WISH, request=str(number), aliases=("production",)))
    recorded = store.set_alias("ridge", "production", 1)
    store.rebuild()

    assert [(one.run, one.event) for one in recorded] == [
        ("1", ModelAliased(name="ridge", alias="production", version=1))
    ]
    assert queries.model(store.db, "ridge", "production").version == 1


def test_an_alias_can_not_be_pointed_to_what_is_not_there(store):
    store.register("1", replace(WISH, aliases=("production",)))
    with pytest.raises(NotFound, match=r"no version 7.*newest version is 1; its aliases are 'production'"):
        store.set_alias("ridge", "production", 7)
    with pytest.raises(NotFound, match=r"no model 'rigde'.*'ridge'"):
        store.set_alias("rigde", "production", 1)


def test_a_model_knows_the_trial_the_metrics_the_code_the_data_and_the_environment_it_comes_from(store):
    run = ran(store)

    row = queries.model(store.db, "ridge")
    assert (row.version, row.run, row.step, row.trial, row.job) == (1, run, "1/tune", "1/tune/0", "1/tune/0.0")
    assert row.values == {"--alpha": 0.5, "c": None}
    assert row.metrics == {"r2": 0.2, "loss": 9.0}
    assert row.source == artifact(7).digest
    assert row.data == {"data": artifact(4).digest}
    assert row.environment == document.digest(Environment())
    assert (row.digest, row.size, row.kind, row.member, row.tags) == (artifact(6).digest, 10, "file", "", {"by": "me"})
    assert row.aliases == ("production",)


def test_a_model_that_a_script_registers_comes_from_its_own_job(store):
    run = store.new_run(RunSubmitted(pipeline=TUTORIAL))
    store.append(run, [requested("1/tune/3.1", source=8), logged("1/tune/3.1", 0.5)])
    store.register(run, replace(WISH, request="1/tune/3.1#4", job="1/tune/3.1"))

    row = queries.model(store.db, "ridge")
    assert (row.step, row.trial, row.job) == ("1/tune", "1/tune/3", "1/tune/3.1")
    assert (row.metrics, row.source) == ({"r2": 0.5}, artifact(8).digest)


def test_a_model_of_a_plain_step_comes_from_its_newest_job(store):
    run = store.new_run(RunSubmitted(pipeline=TUTORIAL))
    store.append(run, [requested("1/prep-data.0"), requested("1/prep-data.1")])
    store.register(run, replace(WISH, step="1/prep-data"))

    assert queries.model(store.db, "ridge").job == "1/prep-data.1"


def test_a_model_of_which_nothing_is_known_but_its_bytes_comes_from_the_job_that_stored_them(store):
    ran(store)
    store.register("1", ModelRequested(request="by hand", name="other", artifact=artifact(5)))

    assert queries.model(store.db, "other").job == "1/tune/0.0"


def test_a_model_from_outside_has_no_lineage(store):
    store.register("1", WISH)

    row = queries.model(store.db, "ridge")
    assert (row.step, row.trial, row.job, row.values, row.metrics) == ("", "", "", {}, {})


def completed(store: SqliteStore, fingerprint: str, **outputs) -> str:
    run = store.new_run(RunSubmitted(pipeline=TUTORIAL))
    step = f"{run}/tune"
    store.append(run, [StepReady(step=step, fingerprint=fingerprint)])
    store.append(run, [StepEnded(step=step, result=Result.COMPLETED, outputs=outputs, best=3)])
    return step


def test_the_newest_completed_step_of_the_same_fingerprint_is_taken_again(store):
    for number in range(3):
        completed(store, "f" * 64, data=artifact(number))

    assert store.find_equal(StepReady(step="9/tune", fingerprint="f" * 64)) == ReuseAnswered(
        step="9/tune", reused="3/tune", outputs={"data": artifact(2)}, best=3
    )


def test_nothing_is_taken_from_another_fingerprint_or_a_failed_step_or_the_step_itself(store):
    completed(store, "a" * 64)
    step = completed(store, "f" * 64)
    run = store.new_run(RunSubmitted(pipeline=TUTORIAL))
    store.append(run, [StepReady(step=f"{run}/tune", fingerprint="f" * 64)])
    store.append(run, [StepEnded(step=f"{run}/tune", result=Result.FAILED)])

    assert store.find_equal(StepReady(step=step, fingerprint="f" * 64)) == ReuseAnswered(step=step)


def test_a_reused_step_leads_to_the_one_that_computed(store):
    first = completed(store, "f" * 64, data=artifact(1))
    run = store.new_run(RunSubmitted(pipeline=TUTORIAL))
    store.append(run, [StepReady(step=f"{run}/tune", fingerprint="f" * 64)])
    store.append(
        run, [StepEnded(step=f"{run}/tune", result=Result.COMPLETED, reused=first, outputs={"data": artifact(1)})]
    )

    assert store.find_equal(StepReady(step="9/tune", fingerprint="f" * 64)).reused == first


def test_a_result_whose_bytes_are_gone_is_not_taken_again(path, tmp_path):
    artifacts = FolderArtifacts(tmp_path / "artifacts")
    with SqliteStore(path, artifacts=artifacts) as store:
        older = completed(store, "f" * 64, data=artifacts.put_bytes(b"older"))
        newer = artifacts.put_bytes(b"newer")
        completed(store, "f" * 64, data=newer)
        (tmp_path / "artifacts" / newer.digest[:2] / newer.digest[2:]).unlink()

        assert store.find_equal(StepReady(step="9/tune", fingerprint="f" * 64)).reused == older
