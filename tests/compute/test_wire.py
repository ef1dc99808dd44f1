import math
import os

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from hyperstep.compute.wire import Wire, events
from hyperstep.engine.artifact import LeftOut
from hyperstep.engine.events import ArtifactStored, MetricsLogged, ModelRequested, Point, Tagged
from hyperstep.store.artifacts import FolderArtifacts
from hyperstep.tracking import messages

JOB = "1/tune/3.0"


@pytest.fixture
def artifacts(tmp_path):
    return FolderArtifacts(tmp_path / "artifacts", durability="normal")


@pytest.fixture
def hear(tmp_path, artifacts):
    """What a job's folder says beyond a number, when lines are appended to its wire."""

    def hear(*lines, heard=0):
        with (tmp_path / "wire.jsonl").open("ab") as wire:
            wire.writelines(lines)
        wire = Wire(str(tmp_path), heard)
        found = list(events(JOB, str(tmp_path), wire.batch(), artifacts))
        wire.close()
        return found

    return hear


def test_neighbouring_metrics_are_one_event_and_order_is_kept(hear):
    found = hear(
        messages.metric("a", 1.0, None, 5.0),
        messages.metric("a", math.inf, 2, 6.0),
        messages.tag("k", "v"),
        messages.metric("b", 3.0, None, 7.0),
    )

    assert found == [
        MetricsLogged(job=JOB, points=(Point("a", 1.0, None, 5.0), Point("a", math.inf, 2, 6.0)), through=2),
        Tagged(job=JOB, key="k", value="v", through=3),
        MetricsLogged(job=JOB, points=(Point("b", 3.0, None, 7.0),), through=4),
    ]


def test_what_is_recorded_already_is_not_said_again(hear):
    hear(*[messages.metric("a", float(number), None, 0.0) for number in range(5)])

    (event,) = hear(heard=3)
    assert [point.value for point in event.points] == [3.0, 4.0]
    assert event.through == 5


def test_files_are_stored_before_they_are_told(hear, artifacts, tmp_path):
    (tmp_path / "kept" / "1").mkdir(parents=True)
    (tmp_path / "kept" / "1" / "file").write_bytes(b"content")
    found = hear(
        messages.artifact("curve", "kept/1/file"), messages.register("ridge", "kept/1/file", ("best",), {"a": "b"})
    )
    stored = artifacts.put_bytes(b"content")

    assert found == [
        ArtifactStored(job=JOB, name="curve", artifact=stored, through=1),
        ModelRequested(
            request=f"{JOB}#2",
            name="ridge",
            artifact=stored,
            aliases=("best",),
            tags={"a": "b"},
            job=JOB,
            trial="1/tune/3",
            through=2,
        ),
    ]


NONSENSE = [
    b'{"kind":"metric","name":"a","value":"x","step":null,"at":1}',
    b'{"kind":"metric","name":"a","value":"1_0","step":null,"at":1}',
    b'{"kind":"metric","name":"a","value":"0.5","step":null,"at":1}',
    b'{"kind":"metric","name":"a","value":true,"step":null,"at":1}',
    b'{"kind":"metric","name":"a","value":null,"step":null,"at":1}',
    b'{"kind":"metric","name":"a","value":[0.5],"step":null,"at":1}',
    b'{"kind":"metric","name":"a","value":1' + 400 * b"0" + b',"step":null,"at":1}',
    b'{"kind":"metric","name":"a","value":1' + 5000 * b"0" + b',"step":null,"at":1}',
    b'{"kind":"metric","name":"","value":1,"step":null,"at":1}',
    b'{"kind":"metric","name":"a","value":1,"step":1e400,"at":1}',
    b'{"kind":"metric","name":"a","value":1,"step":9223372036854775808,"at":1}',
    b'{"kind":"metric","name":"a","value":1e999999,"at":1}',
    b'{"kind":"metric","name":"\\ud800","value":1,"step":null,"at":1}',
    b'{"kind":"metric","name":["a"],"value":1,"step":null,"at":1}',
    b'{"kind":"tag","key":"a","value":3}',
    b'{"kind":"artifact","name":"a","path":"../../etc/passwd"}',
    b'{"kind":"artifact","name":"a","path":"/etc/passwd"}',
    b'{"kind":"artifact","name":"a","path":"kept/absent"}',
    b'{"kind":"register","name":"a","path":"kept/absent","aliases":3,"tags":{}}',
    b'{"kind":"unknown"}',
    b'{"kind":["metric"]}',
    b"{}",
    b"[]",
    b"3",
]


@pytest.mark.parametrize("body", NONSENSE)
def test_nonsense_is_passed_over(hear, body):
    from zlib import crc32

    found = hear(b"%08x %b\n" % (crc32(body), body), messages.tag("k", "v"))

    assert found == [Tagged(job=JOB, key="k", value="v", through=2)]


@given(some.binary(max_size=200))
def test_any_bytes_may_stand_in_a_wire(tmp_path_factory, content):
    folder = tmp_path_factory.getbasetemp()
    (folder / "wire.jsonl").write_bytes(content)
    wire = Wire(str(folder))

    assert wire.batch() == []
    wire.close()


@pytest.mark.parametrize("size", [2**22, 2**22 + 1, 5 * 2**20, 9 * 2**20])
def test_a_line_too_long_to_be_a_message_counts_and_says_nothing(tmp_path, size):
    wire = Wire(str(tmp_path))
    line, long = messages.tag("k", "v"), messages.tag("k", "x" * size)
    with (tmp_path / "wire.jsonl").open("ab", buffering=0) as file:
        file.write(line + long[:-100])
        first = wire.batch()
        wire.done()
        assert wire.batch() == []
        file.write(long[-100:] + line + long + line)
    found = []
    while batch := wire.batch():
        found += batch
        wire.done()
    wire.close()

    assert [number for number, _ in first + found] == [1, 3, 5]


def test_a_hole_is_passed_over_however_large_it_is(tmp_path):
    line = messages.tag("k", "v")
    with (tmp_path / "wire.jsonl").open("wb") as file:
        file.write(line)
        file.truncate(2**42)  # would take over half an hour to read
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + line)
    wire = Wire(str(tmp_path))
    found = []
    while batch := wire.batch():
        found += batch
        wire.done()
    wire.close()

    assert [number for number, _ in found] == [1, 3]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_says_nothing(tmp_path, make):
    make(tmp_path / "wire.jsonl")
    wire = Wire(str(tmp_path))

    assert wire.batch() == []


def test_lines_are_read_once_and_as_they_come(tmp_path):
    wire = Wire(str(tmp_path))
    assert wire.batch() == []
    line = messages.tag("k", "v")
    with (tmp_path / "wire.jsonl").open("ab", buffering=0) as file:
        file.write(line[:10])
        assert wire.batch() == []
        file.write(line[10:] + line)
        assert [number for number, _ in wire.batch()] == [1, 2]
        wire.done()
        file.write(line)
        assert [number for number, _ in wire.batch()] == [3]
    wire.close()


@given(some.data())
def test_a_byte_that_was_changed_costs_its_line_and_is_told(tmp_path_factory, data):
    lines = [messages.metric("a", float(number), None, 0.0) for number in range(5)]
    whole = b"".join(lines)
    place = data.draw(some.integers(0, len(whole) - 1))
    other = whole[place] ^ data.draw(some.sampled_from([1, 4, 64]))
    assume(ord("\n") not in (whole[place], other))
    changed = whole[:place] + bytes([other]) + whole[place + 1 :]
    hit = whole[:place].count(b"\n") + 1
    folder = tmp_path_factory.getbasetemp()
    (folder / "wire.jsonl").write_bytes(changed)
    wire = Wire(str(folder))

    assert [number for number, _ in wire.batch()] == [number for number in range(1, 6) if number != hit]
    assert wire.unread() == [LeftOut(path="wire.jsonl", why=f"has been damaged in line {hit}")]
    wire.close()


def test_a_wire_that_is_whole_has_nothing_to_tell(tmp_path):
    (tmp_path / "wire.jsonl").write_bytes(messages.tag("k", "v") * 3 + b"cut")
    wire = Wire(str(tmp_path))

    assert len(wire.batch()) == 3
    assert wire.unread() == []
    wire.close()
