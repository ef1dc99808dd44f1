"""Runs commands of the program in one process and writes down what that process should never do.

python audited.py REPORT WORKSPACE COMMANDS, the last one a JSON list of argument lists.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

SHELLS = ("sh", "bash", "dash", "zsh", "ksh", "fish", "busybox")
report, home, commands = sys.argv[1:]
done: list[str] = []


def is_shell(program: object) -> bool:
    return isinstance(program, (str, bytes)) and Path(os.fsdecode(program)).name in SHELLS


def hear(event: str, arguments: tuple[object, ...]) -> None:
    """Note unpickling, shells, connections to other machines, and code that comes from the workspace."""
    if event in ("pickle.find_class", "os.system"):
        done.append(f"{event} {arguments!r}")
    elif event in ("os.exec", "os.posix_spawn", "os.spawn", "subprocess.Popen") and any(map(is_shell, arguments[:2])):
        done.append(f"{event} {arguments[0]!r}")
    elif event == "socket.connect" and not isinstance(arguments[1], (str, bytes)):
        done.append(f"{event} {arguments[1]!r}")
    elif event == "exec" and getattr(arguments[0], "co_filename", "").startswith(f"{home}/"):
        done.append(f"{event} {arguments[0]!r}")
    elif event == "import" and isinstance(arguments[1], str) and arguments[1].startswith(f"{home}/"):
        done.append(f"{event} {arguments[1]!r}")


sys.addaudithook(hear)
for command in json.loads(commands):
    if command[0] == "python":
        exec(command[1])
        continue
    from hyperstep.cli.main import main

    try:
        main(command)
    except SystemExit as ended:
        if ended.code not in (0, None):
            done.append(f"{command} ended with {ended.code}")
Path(report).write_text(json.dumps(done))
