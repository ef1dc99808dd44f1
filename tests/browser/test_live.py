"""A run that is followed in a browser from its beginning to its end, without a reload."""

from __future__ import annotations

import os
import subprocess
import sys

from hyperstep.workspace import Workspace

FOLLOWED = "() => document.querySelector('[data-live-dot]').dataset.is === 'live'"


def begin(folder, *arguments: str) -> subprocess.Popen[str]:
    """A command of hyperstep's, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "hyperstep", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("HYPERSTEP_")},
    )


def end(process: subprocess.Popen[str]) -> None:
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said


def test_the_first_run_is_followed_to_its_end_from_the_empty_page(visit, serve, tmp_path):
    end(begin(tmp_path, "init", "."))
    with Workspace.open(tmp_path):
        pass
    page = visit(serve(tmp_path), "/runs")
    page.evaluate("document.body.dataset.same = 'yes'")
    assert "Nothing has been run here yet" in page.inner_text("main")
    page.wait_for_function(FOLLOWED)

    running = begin(tmp_path, "run", "pipeline.py")
    page.wait_for_selector("a[href='/runs/1']")
    page.wait_for_selector("tbody td .s-completed:not(a)", timeout=120_000)
    end(running)

    assert page.evaluate("document.body.dataset.same") == "yes"
    page.goto(page.url.replace("/runs", "/runs/1/tune"))
    assert page.locator("tbody tr[data-trial]").count() == 12


def test_a_search_its_best_trial_and_its_log_are_on_the_page_as_they_come(visit, serve, tmp_path):
    (tmp_path / "train.py").write_text(
        "import argparse, pathlib, time\n"
        "from hyperstep import tracking\n"
        "parser = argparse.ArgumentParser()\n"
        "parser.add_argument('--rate', type=float), parser.add_argument('--gate')\n"
        "args = parser.parse_args()\n"
        "print('began', flush=True)\n"
        "tracking.metric('error', args.rate)\n"
        "while not pathlib.Path(args.gate).exists():\n"
        "    time.sleep(0.02)\n"
        "print('went on', flush=True)\n"
        "tracking.metric('error', args.rate / 2)\n"
    )
    gate = tmp_path / "gate"
    (tmp_path / "pipeline.py").write_text(
        "from hyperstep import *\n"
        f"train = Step('train.py', arguments=('--gate', {str(gate)!r}))\n"
        "tune = TuneStep(train, name='tune', space={'rate': uniform(1, 2)}, metric=minimize('error'),\n"
        "                limits=Limits(trials=4, concurrent=2))\n"
        "pipeline = Pipeline('gated', (tune,))\n"
    )
    running = begin(tmp_path, "run", "pipeline.py")
    with Workspace.open(tmp_path):
        pass
    site = serve(tmp_path)
    page = visit(site, "/runs")
    page.wait_for_selector("a[href='/runs/1']")
    page.goto(f"{site.url}/runs/1/tune")
    page.wait_for_selector("tr[data-trial='1']")
    page.evaluate("document.body.dataset.same = 'yes'")
    log = visit(site, "/runs/1/tune/0", context=page.context)
    log.wait_for_function("() => document.querySelector('[data-log]').textContent.includes('began')")

    gate.touch()
    page.wait_for_function("() => document.querySelector('.lead').textContent.includes('4 of 4 trials done')")
    log.wait_for_function("() => document.querySelector('[data-log]').textContent.includes('went on')")
    page.wait_for_selector(".title .s-completed")
    end(running)

    assert page.evaluate("document.body.dataset.same") == "yes"
    assert page.locator("svg.history [data-trial]").count() >= 4
    assert page.locator("tr.winner").count() == 1


def test_two_tabs_share_one_stream(visit, site):
    one = visit(site, "/runs")
    other = visit(site, "/runs/1/tune", context=one.context)
    for page in (one, other):
        page.wait_for_function(FOLLOWED)

    assert len(site.app.state.feed._listeners) == 1


def test_a_page_that_is_paused_stays_and_catches_up_when_it_goes_on(visit, serve, ran, tmp_path):
    import shutil

    shutil.copytree(ran, tmp_path, dirs_exist_ok=True)
    site = serve(tmp_path)
    page = visit(site, "/runs")
    page.wait_for_function(FOLLOWED)
    rows = "() => document.querySelectorAll('tbody tr').length"
    before = page.evaluate(rows)
    page.locator("[data-live-dot]").click()
    other = visit(site, "/pipelines/small", context=page.context)
    other.get_by_role("button", name="Run", exact=True).click()
    other.wait_for_url("**/runs/3")

    assert page.evaluate(rows) == before
    page.locator("[data-live-dot]").click()
    page.wait_for_function(f"() => ({rows})() === {before + 1}")
