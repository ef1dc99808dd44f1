"""What scripts say is heard though the bell is gone."""

import shutil

from hyperstep.compute.local import LocalCompute
from hyperstep.engine.events import MetricsLogged

SPEAK = """
import os, time
from hyperstep import tracking
tracking.metric("x", 1)
time.sleep(60)
"""


def hears(bench):
    job = bench.job(SPEAK)
    bench.compute.start(job, bench.heard)
    bench.heard.wait(lambda events: [event for event in events if isinstance(event, MetricsLogged)])
    bench.compute.interrupt(grace=0)
    bench.heard.ended(job.id)


def test_a_driver_whose_bell_is_gone_hears(bench):
    (bench.home / "supervisors" / "bell.sock").unlink()

    hears(bench)
    bench.compute.close()


def test_a_second_compute_does_not_make_the_first_deaf(bench):
    with LocalCompute(bench.home, bench.artifacts):
        hears(bench)
    hears(bench)


def test_a_workspace_that_is_removed_in_mid_run_can_be_closed(bench):
    job = bench.job("import time; print(1, flush=True); time.sleep(60)")
    bench.compute.start(job, bench.heard)
    bench.heard.started(job.id)
    shutil.rmtree(bench.home)
    bench.compute.interrupt(grace=0)
    bench.heard.ended(job.id)

    bench.compute.close()
