import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hyperstep.supervisor.exits import EXIT, LOST, give_up, is_given_up, read_exit, settle, write_exit
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


def test_a_job_is_given_up_once_a_driver_says_so(tmp_path):
    assert not is_given_up(str(tmp_path))
    for _ in range(2):  # the driver may be killed right after it
        give_up(str(tmp_path))

        assert is_given_up(str(tmp_path))


def test_what_a_script_puts_in_its_place_is_neither_followed_nor_changed(tmp_path):
    (tmp_path / LOST).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match=LOST):
        give_up(str(tmp_path))
    assert is_given_up(str(tmp_path))
    assert not (tmp_path / "elsewhere").exists()
