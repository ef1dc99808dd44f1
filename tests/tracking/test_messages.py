import math

from hypothesis import given
from hypothesis import strategies as some

from hyperstep.tracking import messages

TEXT = some.text(some.characters(exclude_categories=["Cs"]))
LINES = some.one_of(
    some.builds(messages.metric, TEXT, some.floats(), some.none() | some.integers(), some.floats(0, 2e9)),
    some.builds(messages.tag, TEXT, TEXT),
    some.builds(messages.artifact, TEXT, TEXT),
    some.builds(messages.register, TEXT, TEXT, some.lists(TEXT).map(tuple), some.dictionaries(TEXT, TEXT)),
)


@given(TEXT, some.floats(), some.none() | some.integers(-(2**63), 2**63 - 1), some.floats(0, 2e9))
def test_a_metric_reads_as_it_was_written(name, value, step, at):
    (message,), _ = messages.read(messages.metric(name, value, step, at))

    assert (message["kind"], message["name"], message["step"], message["at"]) == ("metric", name, step, at)
    read = float(message["value"])
    assert math.isnan(read) if math.isnan(value) else (read, math.copysign(1, read)) == (value, math.copysign(1, value))


@given(TEXT, TEXT, some.lists(TEXT).map(tuple), some.dictionaries(TEXT, TEXT))
def test_a_wish_to_register_reads_as_it_was_written(name, path, aliases, tags):
    (message,), _ = messages.read(messages.register(name, path, aliases, tags))

    assert message == {"kind": "register", "name": name, "path": path, "aliases": list(aliases), "tags": tags}


@given(some.lists(LINES), some.integers(0, 300))
def test_an_unfinished_line_is_left_for_later(lines, cut):
    data = b"".join(lines)
    cut = min(cut, len(data))

    first, length = messages.read(data[:cut])
    rest, remaining = messages.read(data[length:])

    assert first + rest == messages.read(data)[0]
    assert length + remaining == len(data)


@given(LINES, LINES, some.data())
def test_a_message_cut_off_by_a_kill_costs_only_itself(torn, whole, data):
    cut = data.draw(some.integers(0, len(torn) - 1))

    found, _ = messages.read(torn[:cut] + whole)

    assert found == messages.read(whole)[0]


@given(some.binary())
def test_any_bytes_can_be_read(data):
    found, length = messages.read(data)

    assert len(found) == data.count(b"\n")
    assert data[length:].count(b"\n") == 0


@given(LINES, some.data())
def test_a_changed_byte_is_noticed(line, data):
    place = data.draw(some.integers(0, len(line) - 2))
    changed = line[:place] + bytes([line[place] ^ data.draw(some.sampled_from([1, 2, 4, 16]))]) + line[place + 1 :]

    assert messages.read(line)[0][0] not in messages.read(changed)[0]


def test_an_answer_tells_its_version():
    assert messages.version(messages.answer(17)) == 17
