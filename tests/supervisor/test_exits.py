import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hyperstep.supervisor.exits import EXIT, read_exit, settle, write_exit
from hyperstep.supervisor.linux import boot_id

ENDED = {"report": "ended", "job": "1/a.0", "ending": "exited", "code": 3, "detail": "", "seconds": 0.5}


def test_an_end_is_read_as_it_was_written(tmp_path):
    write_exit(str(tmp_path), ENDED)

    assert read_exit(str(tmp_path)) == {**ENDED, "version": 1, "boot": boot_id()}
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


def test_an_end_of_an_earlier_boot_is_believed_only_if_all_was_on_the_disk_then(tmp_path):
    write_exit(str(tmp_path), ENDED)
    written = json.loads((tmp_path / EXIT).read_text())
    (tmp_path / EXIT).write_text(json.dumps({**written, "boot": "an earlier one"}))

    assert read_exit(str(tmp_path)) is None
    settle(str(tmp_path))
    assert read_exit(str(tmp_path)) == {**written, "boot": "an earlier one"}


def test_an_end_that_an_earlier_version_wrote_is_believed(tmp_path):
    (tmp_path / EXIT).write_text(json.dumps({**ENDED, "version": 1}))

    assert read_exit(str(tmp_path)) == {**ENDED, "version": 1}
