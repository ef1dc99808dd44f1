"""What the standard library doesn't offer of Linux: prctl, long socket paths, a mark on a process tree."""

from __future__ import annotations

import ctypes
import hashlib
import os
import resource
import signal
import socket
import struct
import sys
import warnings
from typing import Tuple

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_MADV_COLLAPSE = 25
_HUGE = 2**21  # bytes

_libc = ctypes.CDLL(None, use_errno=True)
_libc.prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong]
_libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


def fork() -> int:
    """os.fork, without what Python 3.12 and later say if there are threads; hazards.py knows which of them matter."""
    if sys.hexversion < 0x030C0000:
        return os.fork()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return os.fork()


def become_subreaper() -> None:
    """Have descendants whose parent ends become children of this process."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def dump_no_core() -> None:
    """Have neither this process nor those that it starts leave a memory image behind when they crash."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent, `parent`, ends; end at once if it has."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl %d" % option)


def boot_id() -> str:
    """A text that differs from boot to boot; elapsed seconds compare within one. Empty where the system has none."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def use_huge_pages() -> None:
    """Put this process's memory into pages of 2 MiB where that is possible, so that a fork has fewer to copy.

    Linux 6.1 and later; elsewhere nothing happens.
    """
    with open("/proc/self/maps") as maps:
        for line in maps:
            addresses, modes, _offset, _device, inode = line.split(None, 5)[:5]
            if modes != "rw-p" or inode != "0":
                continue
            start, end = (int(address, 16) for address in addresses.split("-"))
            start, end = -(-start // _HUGE) * _HUGE, end // _HUGE * _HUGE
            for page in range(start, end, _HUGE):  # one at a time: a range is given up at its first failure
                _libc.madvise(page, _HUGE, _MADV_COLLAPSE)


def flush_c_streams() -> None:
    """Write out what C code has printed and not flushed."""
    _libc.fflush(None)


def mark_of(folder: str) -> int:
    """The mark of the job in this folder: a number that no other job has."""
    return 2**62 + int.from_bytes(hashlib.sha256(os.fsencode(folder)).digest()[:7], "big")


def set_mark(mark: int) -> None:
    """Mark this process and all that it will start.

    The mark is the soft limit on realtime microseconds: inherited by forks and
    kept by new programs and new sessions, readable from outside, and without
    effect on any process (it is a hundred thousand years).
    """
    hard = resource.getrlimit(resource.RLIMIT_RTTIME)[1]
    if hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_RTTIME, (mark, hard))


def has_mark(pid: int, mark: int) -> bool:
    """True if the process has this mark; False if it hasn't, or is gone or another user's."""
    try:
        return resource.prlimit(pid, resource.RLIMIT_RTTIME)[0] == mark
    except (OSError, ValueError):
        return False


class Place:
    """A folder that holds sockets; its path may be longer than the 108 bytes that a socket's address has."""

    def __init__(self, folder: str) -> None:
        self._folder = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def address(self, name: str) -> str:
        """The address of a socket in the folder, for bind and connect in this process."""
        return "/proc/self/fd/%d/%s" % (self._folder, name)

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._folder)


def same_user(connection: socket.socket) -> bool:
    """True if the process at the other end belongs to this process's user."""
    return _credentials(connection)[1] == os.geteuid()


def peer(connection: socket.socket) -> int:
    """The process that listens at the other end."""
    return _credentials(connection)[0]


def _credentials(connection: socket.socket) -> Tuple[int, int]:
    size = struct.calcsize("3i")
    pid, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return pid, user
