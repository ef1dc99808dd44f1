"""A forked script against `python script.py`: the same output, byte for byte, and the same exit code.

With HYPERSTEP_TEST_PYTHONS set to interpreters, separated by colons, each of them is compared with itself as well.
"""

import os
import re
import subprocess
import sys

import pytest

from hyperstep.engine.job import Ending
from hyperstep.pipeline.environment import Start

SCRIPTS = {
    "prints": "print('héllo', flush=True); import sys; sys.stderr.write('err\\n')",
    "returns": "x = 1",
    "exit code": "import sys; sys.exit(3)",
    "exit code zero": "import sys; sys.exit(0)",
    "exit none": "import sys; sys.exit()",
    "exit true": "import sys; sys.exit(True)",
    "exit large": "import sys; sys.exit(257)",
    "exit negative": "import sys; sys.exit(-1)",
    "exit message": "import sys; sys.exit('no such column')",
    "exit tuple": "import sys; sys.exit((1, 'two'))",
    "exception": """
        def inner(): raise ValueError("three")
        def outer(): inner()
        outer()
    """,
    "chained": """
        try:
            {}["a"]
        except KeyError as error:
            raise RuntimeError("outer") from error
    """,
    "context": """
        try:
            1 / 0
        except ZeroDivisionError:
            undefined
    """,
    "group": """
        import sys
        if sys.version_info >= (3, 11):
            raise ExceptionGroup("several", [ValueError(1), TypeError(2)])
    """,
    "syntax": "x = = 1",
    "indentation": "if True:\nx = 1",
    "bad bytes": "x = '\\udce4'.encode('ascii')",
    "syntax warning": "x = 'a' is 'a'\nprint(x)",
    "warning": "import warnings; warnings.warn('careful'); warnings.warn('careful')",
    "deprecation": "import warnings; warnings.warn('old', DeprecationWarning)",
    "recursion": "def f(n): return f(n + 1)\nf(0)",
    "depth": """
        import sys
        def f(n):
            try:
                return f(n + 1)
            except RecursionError:
                return n
        print(f(0))
    """,
    "argv": "import sys, os; print(sys.argv, os.getcwd(), sys.path[0], __file__, getattr(sys, 'orig_argv', [0])[1:])",
    "main": """
        import sys, __main__
        print(sorted(vars(__main__)), __name__, __doc__, __spec__, __package__, type(__loader__).__name__)
        print(sys.modules["__main__"] is __main__)
    """,
    "docstring": '"""What it does."""\nprint(__doc__)',
    "atexit": "import atexit; atexit.register(print, 'last'); print('first')",
    "atexit fails": "import atexit; atexit.register(lambda: 1 / 0); print('first')",
    "thread": """
        import threading, time
        def later(): time.sleep(0.05); print("thread")
        threading.Thread(target=later).start()
        print("main")
    """,
    "thread and atexit": """
        import atexit, threading, time
        atexit.register(print, "exit")
        threading.Thread(target=lambda: (time.sleep(0.05), print("thread"))).start()
    """,
    "daemon": """
        import threading, time
        def forever():
            while True: time.sleep(0.001)
        threading.Thread(target=forever, daemon=True).start()
        print("main")
    """,
    "thread fails": """
        import threading
        thread = threading.Thread(target=lambda: 1 / 0, name="worker")
        thread.start(); thread.join()
    """,
    "unclosed file": """
        import atexit, os
        file = open("outputs/text", "w"); file.write("kept")
    """,
    "finalizers": """
        class Loud:
            def __init__(self, name): self.name = name
            def __del__(self): print("del", self.name)
        first = Loud("global"); _private = Loud("private")
        cycle = Loud("cycle"); cycle.self = cycle
    """,
    "c output": """
        import ctypes
        ctypes.CDLL(None).puts(b"from C")
    """,
    "closed stdout": "import sys; print('a'); sys.stdout.close()",
    "stdin": """
        import sys
        print(repr(sys.stdin.read()), sys.stdin.isatty())
        try: input()
        except EOFError: print("eof")
    """,
    "multiprocessing": """
        import multiprocessing
        def square(x): return x * x
        if __name__ == "__main__":
            for method in ("fork", "spawn"):
                with multiprocessing.get_context(method).Pool(2) as pool:
                    print(pool.map(square, range(4)))
    """,
    "pickle": """
        import pickle
        class Model:
            def __init__(self): self.a = 1
        text = pickle.dumps(Model())
        print(pickle.loads(text).a, b"__main__" in text)
    """,
    "subprocess": """
        import subprocess, sys
        print(subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, text=True).stdout)
        subprocess.run(["sh", "-c", "echo shell; exit 4"])
    """,
    "asyncio": """
        import asyncio
        async def main():
            process = await asyncio.create_subprocess_exec("echo", "hi", stdout=asyncio.subprocess.PIPE)
            print(await process.communicate())
        asyncio.run(main())
    """,
    "excepthook": """
        import sys
        sys.excepthook = lambda kind, value, trace: print("hook", value)
        raise ValueError("x")
    """,
    "broken excepthook": """
        import sys
        def hook(kind, value, trace): raise RuntimeError("second")
        sys.excepthook = hook
        raise ValueError("first")
    """,
    "signals": """
        import signal
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE, signal.SIGHUP, signal.SIGUSR1):
            print(number, signal.getsignal(number))
        print(signal.pthread_sigmask(signal.SIG_BLOCK, []))
    """,
    "descriptors": "import os; print(sorted(os.listdir('/proc/self/fd')))",
    "umask": "import os; old = os.umask(0); print(oct(old))",
    "gc": "import gc; print(gc.isenabled(), gc.get_threshold())",
    "flags": "import sys; print(sys.flags, sys.warnoptions, sys.executable, sys.prefix)",
    "encodings": "import sys; print(sys.stdout.encoding, sys.stdout.errors, sys.stderr.errors, sys.stdout.name)",
    "local module": "import helper; print(helper.VALUE, helper.__file__)",
    "last error": """
        import atexit, sys
        atexit.register(lambda: print(repr(sys.last_value)))
        1 / 0
    """,
    "generator": """
        def numbers():
            try:
                yield 1
            finally:
                print("closed")
        held = numbers(); next(held)
    """,
    "environment": """
        import os
        print(sorted(name for name in os.environ if name.startswith("HYPERSTEP")), os.environ.get("OWN"))
    """,
}
FILES = {"helper.py": "VALUE = 7\n"}
PYTHONS = [None, *filter(None, os.environ.get("HYPERSTEP_TEST_PYTHONS", "").split(":"))]


def plain(text):
    """Output without the addresses in it."""
    return re.sub("0x[0-9a-f]+", "0x", text)


def fresh(bench, job):
    """What a new interpreter makes of the script in a job's folder."""
    place = bench.place(job)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HYPERSTEP_")},
        **job.environment.variables,
        "PYTHONUNBUFFERED": "1",
        "HYPERSTEP_JOB": job.id,
        "HYPERSTEP_RUN": "1",
        "HYPERSTEP_WIRE": str(place / "other.jsonl"),
        "HYPERSTEP_BELL": "",
    }
    done = subprocess.run(
        [job.environment.python or sys.executable, str(place / "work" / "main.py")],
        cwd=place / "work",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
    )
    return done.returncode, plain(done.stdout.decode())


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_forked_script_does_what_a_new_interpreter_does(shared_bench, name, python):
    job, outcome = shared_bench.run(
        SCRIPTS[name],
        files=FILES,
        python=python,
        start=Start.FORK,
        variables={"OWN": "1"},
        preload=("json", "logging", "ctypes"),
    )

    assert shared_bench.heard.started(job.id).start == "fork"
    assert (outcome.ending, outcome.code, plain(shared_bench.log(job))) == (Ending.EXITED, *fresh(shared_bench, job))
    written = shared_bench.place(job) / "work" / "outputs" / "text"
    assert not written.exists() or written.read_text() == "kept"


def test_an_interrupted_script_ends_by_that_signal(shared_bench):
    job, outcome = shared_bench.run("raise KeyboardInterrupt", start=Start.FORK)

    assert (outcome.ending, outcome.code) == (Ending.SIGNALLED, 2)
    assert shared_bench.log(job) == fresh(shared_bench, job)[1]


def test_a_crash_is_a_signal(shared_bench):
    script = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"

    _, outcome = shared_bench.run(script, start=Start.FORK)

    assert (outcome.ending, outcome.code) == (Ending.SIGNALLED, 11)
