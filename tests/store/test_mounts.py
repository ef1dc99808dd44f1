"""A workspace doesn't lie on another machine's disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from hyperstep.errors import SubmissionError
from hyperstep.store.mounts import refuse_network

MOUNTS = r"""
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /home rw,relatime shared:2 - nfs4 server:/home rw,vers=4.2
31 30 0:41 / /home/me/local rw - tmpfs tmpfs rw
32 22 0:42 / /mnt/my\040share rw - cifs //server/share rw
33 22 0:43 / /over rw - nfs server:/over rw
34 33 0:44 / /over rw - xfs /dev/vdb rw
""".lstrip()


@pytest.fixture
def mounts(tmp_path) -> Path:
    file = tmp_path / "mountinfo"
    file.write_text(MOUNTS)
    return file


@pytest.mark.parametrize(
    ("folder", "kind"), [("/home", "nfs4"), ("/home/you/.hyperstep", "nfs4"), ("/mnt/my share/x", "cifs")]
)
def test_a_folder_on_another_machine_is_refused(mounts, folder, kind):
    with pytest.raises(SubmissionError, match=rf"\({kind}\).*on a disk of this machine"):
        refuse_network(Path(folder), mounts)


@pytest.mark.parametrize("folder", ["/", "/tmp/x", "/home/me/local/x", "/homely", "/over/x"])
def test_a_folder_on_this_machine_is_taken(mounts, folder):
    refuse_network(Path(folder), mounts)


def test_where_no_mounts_are_told_any_folder_is_taken(tmp_path):
    refuse_network(Path("/home"), tmp_path / "nothing")


def test_this_test_runs_on_a_disk_of_this_machine(tmp_path):
    refuse_network(tmp_path)
