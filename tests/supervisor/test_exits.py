import pytest
from hypothesis import given
from hypothesis import strategies as some

from hyperstep.supervisor.exits import EXIT, read_exit, write_exit

ENDED = {"report": "ended", "job": "1/a.0", "ending": "exited", "code": 3, "detail": "", "seconds": 0.5}


def test_an_end_is_read_as_it_was_written(tmp_path):
    write_exit(str(tmp_path), ENDED)

    assert read_exit(str(tmp_path)) == {**ENDED, "version": 1}
    assert [path.name for path in tmp_path.iterdir()] == [EXIT]


def test_no_end_is_none(tmp_path):
    assert read_exit(str(tmp_path)) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"version": 2}', b"\xff"])
def test_what_is_no_end_is_none(tmp_path, content):
    (tmp_path / EXIT).write_bytes(content)

    assert read_exit(str(tmp_path)) is None


@given(some.binary())
def test_any_bytes_can_be_read(tmp_path_factory, content):
    folder = tmp_path_factory.getbasetemp()
    (folder / EXIT).write_bytes(content)

    assert read_exit(str(folder)) is None
