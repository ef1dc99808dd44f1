"""A script that leaves a process tree of some shape behind: shapes.py SHAPE LEDGER TAG [stay | wait].

Each process of the tree writes its number into LEDGER; all have TAG among their arguments or variables. With `stay`
or `wait` the script itself makes the file LEDGER-set and goes on, with `stay` whatever it is asked by SIGTERM.
"""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

AGE = 120  # seconds that a process of the tree lives if nobody ends it


def note():
    """Write this process's number into the ledger."""
    ledger = os.open(os.environ["TREE_LEDGER"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(ledger, b"%d\n" % os.getpid())
    os.close(ledger)


def live(*first):
    """Become a process of the tree: do each of `first`, note it, and stay."""
    for act in first:
        act()
    note()
    time.sleep(AGE)
    os._exit(0)


def child(*first):
    """Start a process of the tree by a fork."""
    if os.fork() == 0:
        live(*first)


def deaf():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def deaf_to_all():
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)


def twice():
    if os.fork():
        os._exit(0)


def daemon():
    os.setsid()
    twice()


def closed():
    os.closerange(0, 256)


def halt():
    note()
    os.kill(os.getpid(), signal.SIGSTOP)


def elsewhere():
    os.chdir("/")
    os.umask(0)
    os.environ.clear()
    ctypes.CDLL(None).prctl(15, b"kworker/0:1", 0, 0, 0)  # PR_SET_NAME


def program(*first):
    """The arguments of a new interpreter that becomes a process of the tree; `first` are names of functions here."""
    return [sys.executable, __file__, "+".join(["live", *first]), os.environ["TREE_LEDGER"], os.environ["TREE_TAG"]]


def shell(command):
    """Have a shell start what it starts; `$LIVE` is a process of the tree."""
    words = " ".join(f"'{word}'" for word in program())
    subprocess.run(["/bin/sh", "-c", command.replace("$LIVE", words)], check=True)


def chain(depth, *, mixed=False):
    def deeper():
        if depth:
            chain(depth - 1, mixed=mixed)
        if mixed:
            (os.setsid, deaf, twice)[depth % 3]()

    child(deeper)


def bomb(depth):
    """2 ** depth processes, each of which has started another until then."""

    def double():
        for _ in range(depth):
            if os.fork() == 0:
                note()
        time.sleep(AGE)

    child(note, double)


def hop():
    """A process that is another one every few milliseconds, each the child of one that has ended."""

    def run():
        os.setsid()
        end = time.monotonic() + AGE
        while time.monotonic() < end:
            twice()
            time.sleep(0.003)

    child(note, run)


def watched():
    """A process of its own session, and another one that starts it again whenever it ends."""

    def guard():
        os.setsid()
        deaf()
        note()
        while True:
            pid = os.fork()
            if pid == 0:
                live(os.setsid, deaf)
            os.waitpid(pid, 0)

    child(guard)


def zombies():
    """A process with children that have ended and for which it doesn't wait."""

    def many():
        for _ in range(20):
            if os.fork() == 0:
                os._exit(0)

    child(many)


def pipe_filled():
    """An orphan in a write that nobody takes over once the job is over."""

    def fill():
        daemon()
        note()
        while True:
            os.write(1, b"x" * 65536)

    child(fill)


def threaded():
    worker = threading.Thread(target=child, args=(daemon,))
    worker.start()
    worker.join()


def pool():
    context = multiprocessing.get_context("fork")
    for _ in range(3):
        context.Process(target=live, args=(deaf,)).start()


def spawned():
    os.posix_spawn(sys.executable, program("deaf"), os.environ)


def spawned_session():
    os.posix_spawn(sys.executable, program("deaf"), os.environ, setsid=True)


SHAPES = {
    "child": (1, child),
    "deaf child": (1, lambda: child(deaf)),
    "child deaf to all": (1, lambda: child(deaf_to_all)),
    "own session": (1, lambda: child(os.setsid)),
    "own group": (1, lambda: child(os.setpgrp, deaf)),
    "orphan": (1, lambda: child(twice)),
    "daemon": (1, lambda: child(daemon)),
    "deaf daemon": (1, lambda: child(daemon, deaf_to_all)),
    "daemon without descriptors": (1, lambda: child(daemon, closed)),
    "daemon of another name and place": (1, lambda: child(daemon, note, elsewhere, lambda: time.sleep(AGE))),
    "orphan that fills the pipe": (1, pipe_filled),
    "stopped child": (1, lambda: child(halt)),
    "stopped daemon": (1, lambda: child(daemon, deaf, halt)),
    "chain": (9, lambda: chain(8)),
    "chain of sessions and orphans": (9, lambda: chain(8, mixed=True)),
    "many children": (30, lambda: [child(deaf) for _ in range(30)]),
    "many daemons": (20, lambda: [child(daemon) for _ in range(20)]),
    "fork bomb": (32, lambda: bomb(5)),
    "hopping": (1, hop),
    "watched": (2, watched),
    "with zombies": (1, zombies),
    "from a thread": (1, threaded),
    "pool": (3, pool),
    "posix_spawn": (1, spawned),
    "posix_spawn in a session": (1, spawned_session),
    "vfork": (1, lambda: subprocess.Popen(program("deaf"))),
    "program without variables": (1, lambda: subprocess.Popen(program("daemon"), env={})),
    "program of another name": (1, lambda: subprocess.Popen(["python3", *program()[1:]], executable=sys.executable)),
    "nohup": (1, lambda: shell("nohup $LIVE >/dev/null 2>&1 &")),
    "shell jobs": (3, lambda: shell("$LIVE & (setsid $LIVE &) ; trap '' TERM; $LIVE &")),
}


def main():
    shape, ledger, tag, *stay = sys.argv[1:]
    os.environ |= {"TREE_LEDGER": ledger, "TREE_TAG": tag}
    if shape.startswith("live"):
        live(*(globals()[name] for name in shape.split("+")[1:]))
    Path(ledger).touch()
    count, start = SHAPES[shape]
    start()
    while Path(ledger).read_text().count("\n") < count:
        time.sleep(0.002)
    if stay:
        if stay == ["stay"]:
            deaf()
        Path(ledger + "-set").touch()
        time.sleep(AGE)
    os._exit(0)  # multiprocessing would wait for its children


if __name__ == "__main__":
    main()
