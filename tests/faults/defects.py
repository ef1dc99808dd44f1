"""Deliberate defects, each of a kind that has cost somebody's work elsewhere, and the tests that must notice it.

`make mutants` plants one after the other in a copy of the sources and runs its
tests, which have to fail.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """In `file`, below src/hyperstep, `right` is replaced by `wrong`; `tests` are arguments for pytest."""

    name: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]


DEFECTS = (
    Defect(
        "a file isn't synced",
        "store/blobs.py",
        "                os.fsync(descriptor)\n",
        "                pass\n",
        ("tests/faults/test_power_loss.py",),
    ),
    Defect(
        "a result is recorded before its bytes are safe",
        "engine/driver.py",
        "        self._means.artifacts.sync(_handed_on(batch))\n"
        "        return self._means.log.append(self.run, batch)\n",
        "        recorded = self._means.log.append(self.run, batch)\n"
        "        self._means.artifacts.sync(_handed_on(batch))\n"
        "        return recorded\n",
        ("tests/engine/test_driver.py", "-k", "safe_on_the_disk"),
    ),
    Defect(
        "two transactions for one",
        "store/sqlite.py",
        "        fold(self.db, recorded)\n",
        '        self.db.execute("COMMIT")\n'
        '        self.db.execute("BEGIN IMMEDIATE")\n'
        "        fold(self.db, recorded)\n",
        ("tests/store/test_sqlite.py",),
    ),
    Defect(
        "a job's end is counted again",
        "engine/driver.py",
        "        return not isinstance(event, JobEnded) or event.job in self.state.jobs\n",
        "        return True\n",
        ("tests/engine/test_driver.py",),
    ),
    Defect(
        "a call that is made again records its events again",
        "store/sqlite.py",
        "        if attempted is not None and attempted[0] == call and self._stand(attempted[1]):\n",
        "        if False:\n",
        ("tests/store/test_sqlite.py", "-k", "made_again"),
    ),
    Defect(
        "the lock isn't taken",
        "store/lock.py",
        "            fcntl.flock(file, self._how)\n",
        "            pass\n",
        ("tests/store/test_lock.py",),
    ),
    Defect(
        "limits by the time of day",
        "store/clock.py",
        "        return time.clock_gettime(_MONOTONIC)\n",
        "        return time.time()\n",
        ("tests/store/test_clock.py",),
    ),
    Defect(
        "a name is taken for a path",
        "filenames.py",
        '    return fits and not {"\\0", "%"} & set(name) and not {"", ".", ".."} & set(parts)\n',
        '    return fits and not name.startswith("/")\n',
        ("tests/faults/test_hostile_names.py",),
    ),
    Defect(
        "a link out of a job's folder is followed",
        "store/tree.py",
        "_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC\n",
        "_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC\n",
        ("tests/store/test_tree.py", "tests/faults/test_hostile_folders.py"),
    ),
    Defect(
        "an argument is split at its blanks",
        "compute/order.py",
        '"arguments": arguments',
        '"arguments": " ".join(arguments).split(" ")',
        (
            "tests/compute/test_folder.py",
            "tests/compute/test_local.py",
            "tests/compute/test_likeness.py",
            "-k",
            "argument or argv",
        ),
    ),
    Defect(
        "NaN wins",
        "search/goal.py",
        "        if not math.isfinite(one):\n            return False\n",
        "",
        ("tests/search",),
    ),
    Defect(
        "a log without end",
        "supervisor/log.py",
        "        if self._size > self._head + 2 * self._tail:\n            self._shorten()\n",
        "",
        ("tests/supervisor/test_log.py",),
    ),
    Defect(
        "our variables are passed on to jobs",
        "compute/variables.py",
        'if not name.startswith("HYPERSTEP_") or name in (failpoints.PLAN, failpoints.SEEN)',
        "if name",
        ("tests/compute/test_forks.py", "-k", "variables or environment"),
    ),
    Defect(
        "a database that others can read",
        "store/sqlite.py",
        "0o600",
        "0o644",
        ("tests/faults/test_hostile_modes.py",),
    ),
    Defect(
        "what a job leaves running is left running",
        "supervisor/job.py",
        "        if not left or now > self._ended + _LONGEST:\n",
        "        if True:\n",
        ("tests/compute/test_ends.py",),
    ),
    Defect(
        "an end that the disk had no room for is forgotten",
        "supervisor/loop.py",
        "            self._unwritten[job.folder] = report\n",
        "            pass\n",
        ("tests/compute/test_adopting.py", "-k", "no_room"),
    ),
    Defect(
        "an unknown method isn't checked",
        "server/guard.py",
        "        if method not in METHODS:\n",
        '        if method not in METHODS and method != "DELETE":\n',
        ("tests/server",),
    ),
    Defect(
        "a route beside the guarded ones",
        "server/guard.py",
        'scope["path"] not in OPEN',
        'not scope["path"].startswith(("/health", "/login", "/api"))',
        ("tests/server",),
    ),
)
