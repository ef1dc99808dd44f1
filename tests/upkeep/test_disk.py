"""Where a workspace may lie, who may get at it, and how much room there must be."""

from __future__ import annotations

import pytest

from hyperstep.upkeep import disk
from hyperstep.upkeep.finding import Level


@pytest.mark.parametrize(
    ("free", "files", "level"),
    [
        (10**12, None, Level.OK),
        (10**12, 10**6, Level.OK),
        (10**12, 10**4, Level.WARNING),
        (10**12, 10, Level.FAULT),
        (5 * 10**8, None, Level.WARNING),
        (10**7, None, Level.FAULT),
    ],
)
def test_a_disk_without_room_is_told(free, files, level):
    assert disk.room_in(free, files).level is level


@pytest.mark.parametrize(
    ("kind", "network", "level"),
    [("ext4", False, Level.OK), ("nfs4", True, Level.FAULT), ("tmpfs", False, Level.WARNING), ("", False, Level.OK)],
)
def test_a_file_system_that_loses_commits_or_all_is_told(kind, network, level):
    assert disk.file_system(kind, network=network).level is level


@pytest.mark.parametrize(
    ("mode", "level"), [(0o700, Level.OK), (0o755, Level.WARNING), (0o770, Level.FAULT), (0o702, Level.FAULT)]
)
def test_a_folder_that_is_open_to_others_is_told(tmp_path, mode, level):
    tmp_path.chmod(mode)

    assert disk.access(tmp_path).level is level


def test_nothing_is_urgent_where_there_is_room_or_no_folder(tmp_path):
    assert disk.urgent(tmp_path) == disk.urgent(tmp_path / "none") == ""
