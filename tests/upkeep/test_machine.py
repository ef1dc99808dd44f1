"""Which versions and limits of a machine are told of, and how badly."""

from __future__ import annotations

import pytest

from hyperstep.upkeep import machine
from hyperstep.upkeep.finding import Level


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ((3, 6, 23), Level.OK),
        ((3, 7, 0), Level.WARNING),
        ((3, 40, 1), Level.WARNING),
        ((3, 44, 5), Level.WARNING),
        ((3, 44, 6), Level.OK),
        ((3, 45, 0), Level.WARNING),
        ((3, 50, 6), Level.WARNING),
        ((3, 50, 7), Level.OK),
        ((3, 51, 2), Level.WARNING),
        ((3, 51, 3), Level.OK),
        ((3, 52, 0), Level.OK),
    ],
)
def test_an_sqlite_that_can_damage_its_log_is_warned_of(version, level):
    assert machine.sqlite(version).level is level


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ((3, 11, 12), Level.WARNING),
        ((3, 11, 13), Level.OK),
        ((3, 12, 10), Level.WARNING),
        ((3, 12, 11), Level.OK),
        ((3, 13, 3), Level.WARNING),
        ((3, 13, 4), Level.OK),
        ((3, 14, 0), Level.OK),
    ],
)
def test_a_python_whose_archives_leave_their_folder_is_warned_of(version, level):
    assert machine.python(version).level is level


@pytest.mark.parametrize(
    ("limit", "level"), [(-1, Level.OK), (4096, Level.OK), (1023, Level.WARNING), (255, Level.FAULT)]
)
def test_a_low_limit_of_open_files_is_told(limit, level):
    assert machine.open_files(limit).level is level


@pytest.mark.parametrize(("value", "level"), [(0o077, Level.OK), (0o022, Level.OK), (0o002, Level.WARNING)])
def test_a_mask_that_lets_others_write_is_warned_of(value, level):
    assert machine.mask(value).level is level


def test_reading_the_mask_leaves_it_as_it_is():
    assert machine.current_mask() == machine.current_mask()
