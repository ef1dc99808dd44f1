import math
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from hyperstep import tracking
from hyperstep.errors import TrackingError
from hyperstep.tracking import messages, values


def test_metrics_come_in_the_order_they_were_logged(job):
    tracking.metric("loss", 0.5, step=1)
    tracking.metric("loss", 0.25, step=2)
    tracking.current_run().metric("r2", 0.125)

    assert [(m["name"], m["value"], m["step"]) for m in job.said()] == [
        ("loss", 0.5, 1),
        ("loss", 0.25, 2),
        ("r2", 0.125, None),
    ]
    assert job.rings()


@pytest.mark.parametrize(
    ("value", "kept"),
    [(3, 3.0), (True, 1.0), (np.float32(0.5), 0.5), (np.int64(7), 7.0), (np.array(2.5), 2.5), (np.array([4]), 4.0)],
)
def test_whatever_is_one_number_is_logged(job, value, kept):
    tracking.metric("x", value, step=np.int32(1))

    assert job.said()[0]["value"] == kept


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float64("nan")])
def test_nan_and_infinities_are_kept(job, value):
    tracking.metric("x", value)

    assert str(float(job.said()[0]["value"])) == str(float(value))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "isn't a number"),
        ("0.5", "isn't a number"),
        ([1.0], "isn't a number"),
        (1j, "isn't a number"),
        (np.array([1.0, 2.0]), "isn't one number"),
        (np.array("text"), "isn't a number"),
        (10**400, "too large for a float"),
    ],
)
def test_what_is_no_number_is_refused(job, value, says):
    with pytest.raises(TrackingError, match=says):
        tracking.metric("x", value)

    assert not (job.folder / "wire.jsonl").exists()


@pytest.mark.parametrize("name", ["", "x" * 257, 3, None, b"x", "half \ud800"])
def test_a_name_is_short_text(job, name):
    with pytest.raises(TrackingError):
        tracking.metric(name, 1.0)


@pytest.mark.parametrize("step", [1.5, "1", 2**63, -(2**63) - 1])
def test_a_step_is_a_whole_number_of_64_bits(job, step):
    with pytest.raises(TrackingError):
        tracking.metric("x", 1.0, step=step)


@given(some.floats() | some.integers(-(2**1000), 2**1000) | some.booleans())
def test_every_python_number_of_a_floats_size_is_a_metric(value):
    assert isinstance(values.number("x", value), float)


def test_a_tag_is_kept_as_text(job):
    tracking.tag("epochs", 3)

    assert job.said() == [{"kind": "tag", "key": "epochs", "value": "3"}]


def test_a_file_is_kept_as_it_was_at_the_call(job, tmp_path):
    file = tmp_path / "model.bin"
    file.write_bytes(b"first")
    tracking.artifact("model", file)
    file.write_bytes(b"second")

    (said,) = job.said()
    assert (job.folder / said["path"]).read_bytes() == b"first"


def test_a_folder_is_kept_as_it_was_at_the_call(job, tmp_path):
    (tmp_path / "plots" / "deep").mkdir(parents=True)
    (tmp_path / "plots" / "deep" / "a.svg").write_bytes(b"<svg/>")
    (tmp_path / "plots" / "gone").symlink_to("nowhere")
    tracking.artifact("plots", "plots")
    (tmp_path / "plots" / "deep" / "a.svg").unlink()

    (said,) = job.said()
    kept = job.folder / said["path"]
    assert [p.relative_to(kept).as_posix() for p in kept.rglob("*") if p.is_file()] == ["deep/a.svg"]


@pytest.mark.parametrize("size", [values.LONGEST_VALUE + 1, 5 * 2**20])
def test_a_value_too_long_for_a_tag_is_refused_with_its_size(job, size):
    with pytest.raises(TrackingError, match=f"The tag 'notes' has a value of {size} bytes"):
        tracking.tag("notes", "x" * size)
    with pytest.raises(TrackingError, match=f"The tag 'notes' has a value of {size} bytes"):
        tracking.register("m", job.folder, tags={"notes": "x" * size})
    tracking.tag("notes", "x" * values.LONGEST_VALUE)

    assert len(job.said()) == 1


def test_a_model_has_no_more_aliases_and_tags_than_a_line_holds(job):
    with pytest.raises(TrackingError, match="101 aliases"):
        tracking.register("m", job.folder, aliases=[f"a{number}" for number in range(101)])
    with pytest.raises(TrackingError, match="101 tags"):
        tracking.register("m", job.folder, tags={f"t{number}": "" for number in range(101)})


@pytest.mark.parametrize("name", ["bad name/..", "", ".hidden", "-x", "a" * 256, "é", "a\n", 3])
def test_a_model_is_named_as_a_register_step_names_it(job, name):
    with pytest.raises(TrackingError):
        tracking.register(name, job.folder)
    with pytest.raises(TrackingError):
        tracking.register("m", job.folder, aliases=[name])
    assert values.model("A-1.b_c") == "A-1.b_c"
    assert not (job.folder / "wire.jsonl").exists()


def test_an_alias_is_no_number(job):
    with pytest.raises(TrackingError, match=r"'7'.* would be a version"):
        tracking.register("m", job.folder, aliases=["7"])


def test_what_is_neither_file_nor_folder_is_refused(job, tmp_path):
    os.mkfifo(tmp_path / "pipe")

    for path in ("/dev/zero", "pipe"):
        with pytest.raises(TrackingError, match="neither a file nor a folder"):
            tracking.artifact("dev", path)
    assert not (job.folder / "wire.jsonl").exists()


def test_inside_a_folder_what_is_neither_file_nor_folder_is_left_out(job, tmp_path):
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots" / "a.svg").write_bytes(b"<svg/>")
    (tmp_path / "plots" / "zero").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "plots" / "pipe")
    tracking.artifact("plots", "plots")

    (said,) = job.said()
    assert [path.name for path in (job.folder / said["path"]).iterdir()] == ["a.svg"]


def test_a_file_that_is_not_there_is_refused(job):
    with pytest.raises(TrackingError, match="Nothing lies at 'absent'"):
        tracking.artifact("model", "absent")


def test_register_waits_for_the_version(job, tmp_path):
    (tmp_path / "model").write_bytes(b"weights")
    versions = []
    tracking.metric("r2", 0.5)
    asking = threading.Thread(
        target=lambda: versions.append(tracking.register("m", "model", aliases=["best"], tags={"stage": 1})),
        daemon=True,
    )
    asking.start()
    while not job.rings() or len(job.said()) < 2:
        asking.join(0.001)
    message = job.said()[1]
    (job.folder / "answers").mkdir()
    (job.folder / "answers" / "new").write_bytes(messages.answer(7))
    (job.folder / "answers" / "new").rename(job.folder / "answers" / "2.json")
    asking.join(10)

    assert versions == [7]
    assert (message["name"], message["aliases"], message["tags"]) == ("m", ["best"], {"stage": "1"})


def test_aliases_given_as_one_text_are_refused(job, tmp_path):
    with pytest.raises(TrackingError, match=r"Pass \['best'\]"):
        tracking.register("m", tmp_path, aliases="best")


def test_processes_and_threads_of_a_job_share_its_wire(job):
    script = """if True:
        import threading
        from hyperstep import tracking
        def log(): [tracking.metric(threading.current_thread().name, i) for i in range(100)]
        threads = [threading.Thread(target=log) for _ in range(3)]
        [t.start() for t in threads]
        [t.join() for t in threads]
    """
    processes = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(3)]
    assert [process.wait(30) for process in processes] == [0, 0, 0]

    said = job.said()
    assert len(said) == 900
    assert None not in said


def test_a_driver_that_went_away_is_no_error(job):
    job.bell.close()

    tracking.metric("x", 1.0)

    assert len(job.said()) == 1


def test_a_bell_that_nobody_answers_is_no_error(job):
    for _ in range(1000):
        tracking.metric("x", 1.0)

    assert len(job.said()) == 1000


def test_a_bell_in_a_deep_folder_is_reached(job, monkeypatch):
    deep = job.folder / ("d" * 120)
    deep.mkdir()
    (job.folder.parents[2] / "bell.sock").rename(deep / "bell.sock")
    monkeypatch.setenv("HYPERSTEP_BELL", str(deep / "bell.sock"))
    monkeypatch.setenv("HYPERSTEP_WIRE", str(deep / "wire.jsonl"))

    tracking.metric("x", 1.0)

    assert job.rings()


def test_half_an_environment_is_refused(job, monkeypatch):
    monkeypatch.delenv("HYPERSTEP_RUN")
    monkeypatch.setenv("HYPERSTEP_WIRE", str(job.folder / "other.jsonl"))

    with pytest.raises(TrackingError, match="HYPERSTEP_RUN"):
        tracking.current_run()


def test_importing_it_imports_nothing_heavy():
    names = "json, re, typing, socket, dataclasses, enum, shutil, collections"
    script = f"import sys, hyperstep.tracking; print([n for n in {names.split(', ')} if n in sys.modules])"

    output = subprocess.run([sys.executable, "-S", "-c", script], env=path(), check=True, capture_output=True).stdout

    assert output.decode().strip() == "[]"


def path():
    import hyperstep

    return {"PYTHONPATH": str(next(iter(hyperstep.__path__)) + "/..")}
