import pytest
from hypothesis import given
from hypothesis import strategies as some

from hyperstep.supervisor.orders import Lines, line

MESSAGES = some.lists(some.dictionaries(some.text(max_size=5), some.integers() | some.text(max_size=5), max_size=3))


@given(MESSAGES, some.data())
def test_messages_come_out_however_they_were_cut(sent, data):
    stream = b"".join(map(line, sent))
    cuts = sorted(data.draw(some.lists(some.integers(0, len(stream)), max_size=5)))
    lines, came = Lines(), []
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        came += lines.feed(stream[begin:end])

    assert came == sent


@pytest.mark.parametrize("garbage", [b"{\n", b"3\n", b"\xff\n", b"\n"])
def test_what_is_no_message_is_an_error(garbage):
    with pytest.raises(ValueError):
        Lines().feed(garbage)


def test_a_line_without_end_is_an_error():
    with pytest.raises(ValueError, match="a line of more than"):
        Lines().feed(b"x" * (16 * 2**20 + 1))
