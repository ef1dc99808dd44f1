"""Starts a supervisor: python …/jobpath/hyperstep/supervisor/__main__.py FOLDER NAME DESCRIPTOR.

FOLDER holds the supervisors' sockets, NAME is this one's, DESCRIPTOR the connection to the driver that starts it.

A forked job comes back here, out of the loop, so that its script runs on an
almost empty stack: how deep it may recurse is as in a new interpreter.
"""

# ruff: noqa: E402, I001

from __future__ import annotations

import sys

FRESH = frozenset(sys.modules)  # what a new interpreter has imported

if sys.version_info < (3, 8):
    sys.exit("it is Python %d.%d, and scripts need 3.8 or later" % sys.version_info[:2])

import os
import socket
from contextlib import suppress
from importlib.util import find_spec

environment = dict(os.environ)
jobpath = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
folder, name, descriptor = sys.argv[1:]
del sys.argv[1:]
startup = [entry for entry in sys.path if entry != os.path.dirname(os.path.realpath(__file__))]
sys.path[:] = startup
found = find_spec("hyperstep") is not None

sys.path.insert(0, jobpath)
from hyperstep.supervisor import child
from hyperstep.supervisor.finish import finish
from hyperstep.supervisor.loop import Supervisor
from hyperstep.supervisor.search_path import SearchPath

search_path = SearchPath(startup if found else [*startup, jobpath])
sys.path[:] = search_path.fixed
os.chdir(folder)
for number in map(int, os.listdir("/proc/self/fd")):
    if number > 2 and number != int(descriptor):
        with suppress(OSError):  # that of the list itself
            os.close(number)  # the driver's own, which no job should hold
for stream in (sys.stdout, sys.stderr):
    stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # so that a job's log can be followed

supervisor = Supervisor(
    folder, name, fresh=FRESH, environment=environment, search_path=search_path, jobpath="" if found else jobpath
)
supervisor.connect(socket.socket(fileno=int(descriptor)))
launch = supervisor.serve()
if launch is None:
    os._exit(0)
shared = len(sys.modules)
sys.setrecursionlimit(sys.getrecursionlimit() + child.DEPTH)
finish(child.run(launch, child.become(launch)), shared)
