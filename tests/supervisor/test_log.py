import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hyperstep.supervisor.log import Log

HEAD, TAIL = 200, 400


def written(path, pieces):
    log = Log(str(path), HEAD, TAIL)
    for piece in pieces:
        log.write(piece)
        assert path.stat().st_size <= HEAD + 2 * TAIL + 80
    log.close()
    return path.read_bytes()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("log") / "log.txt"


@given(some.lists(some.binary(max_size=300), max_size=3).filter(lambda pieces: sum(map(len, pieces)) <= HEAD + TAIL))
def test_what_fits_is_kept_byte_for_byte(path, pieces):
    assert written(path, pieces) == b"".join(pieces)


@given(some.lists(some.integers(0, 90).map(lambda n: b"%d" % n * n + b"\n"), min_size=30, max_size=120))
def test_what_does_not_fit_loses_whole_lines_from_its_middle(path, lines):
    said = b"".join(lines)
    log = written(path, lines)
    parts = re.split(rb"\[(\d+) bytes of output are left out here\] *\n", log)
    if len(parts) == 1:
        assert log == said
        return
    head, left_out, tail = parts

    assert said.startswith(head)
    assert said.endswith(tail)
    assert len(head) + int(left_out) + len(tail) == len(said)
    assert len(head) <= HEAD
    assert len(head) + len(tail) <= HEAD + TAIL
    assert head.endswith(b"\n") or not head
    assert said[len(said) - len(tail) - 1 : len(said) - len(tail)] == b"\n"


@given(some.integers(1, 50).map(lambda n: [b"x" * 97] * n))
def test_output_without_lines_is_cut_all_the_same(path, pieces):
    assert len(written(path, pieces)) <= HEAD + TAIL + 80


def test_a_full_disk_costs_output_and_nothing_else():
    log = Log("/dev/full", 10, 10)
    log.write(b"abc")
    log.close()


def test_a_link_in_its_place_is_not_written_through(tmp_path):
    (tmp_path / "other").write_text("other's")
    (tmp_path / "log.txt").symlink_to("other")
    log = Log(str(tmp_path / "log.txt"))
    log.write(b"output")
    log.close()

    assert (tmp_path / "other").read_text() == "other's"


def test_a_folder_that_is_gone_costs_output_and_nothing_else(tmp_path):
    log = Log(str(tmp_path / "absent" / "log.txt"))
    log.write(b"abc")
    log.close()
