"""The script's end of the wire: a file that is appended to, and a doorbell.

The file is the truth. The bell, a datagram to the driver's socket, only makes
the driver look at once; that nobody listens, or that the bell is full, is no
error. So a script never waits for a driver, and a driver may come and go.
"""

from __future__ import annotations

import _socket  # what `socket` wraps, in a tenth of its import time
import os

from hyperstep.failpoints import JOB, become, step

LONGEST_ADDRESS = 107  # bytes that a socket's address holds on Linux


class Channel:
    """Sends lines of one job; safe in threads and in forked processes.

    wire: path of the file. bell: path of the driver's datagram socket, or empty.
    """

    def __init__(self, wire: str, bell: str) -> None:
        become(JOB)
        self.wire = wire
        self._bell = _address(bell) if bell else ""
        self._socket = _socket.socket(
            _socket.AF_UNIX, _socket.SOCK_DGRAM | _socket.SOCK_NONBLOCK | _socket.SOCK_CLOEXEC
        )

    def __del__(self) -> None:
        self._socket.close()  # so that no warning says it was forgotten

    def send(self, line: bytes) -> int:
        """Append a line and ring; returns where the line ends in the file, in bytes.

        The file is opened each time (4 us): a descriptor that is kept may be closed
        by the script, as daemons do, and then be some other file's.
        """
        file = os.open(self.wire, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            step("wire.append")
            if os.write(file, line) < len(line):  # the disk is full; if it isn't any more, the whole line follows
                os.write(file, line)
            end = os.lseek(file, 0, os.SEEK_CUR)
        finally:
            os.close(file)
        step("wire.appended")
        self._ring()
        return end

    def number(self, end: int) -> int:
        """The number, from 1, of the line that ends at `end`."""
        with open(self.wire, "rb") as lines:
            return lines.read(end).count(b"\n")

    def _ring(self) -> None:
        if self._bell:
            try:
                self._socket.sendto(b"!", self._bell)
            except OSError:
                pass


def _address(path: str) -> str:
    if len(os.fsencode(path)) <= LONGEST_ADDRESS:
        return path
    folder, name = os.path.split(path)
    return "/proc/self/fd/%d/%s" % (os.open(folder, os.O_PATH | os.O_CLOEXEC), name)
