"""Text that is made to be markup stays text: forty payloads in fourteen places that a script or a person can fill."""

from __future__ import annotations

import pytest

from hyperstep import Parameter, Pipeline, Source, Step, TuneStep, choice, maximize
from hyperstep.engine.artifact import Artifact, Member
from hyperstep.engine.events import (
    ArtifactStored,
    DriverStarted,
    JobEnded,
    JobRequested,
    JobStarted,
    MetricsLogged,
    ModelRequested,
    Point,
    Result,
    RunEnded,
    RunSubmitted,
    StepEnded,
    StepReady,
    Tagged,
    TrialEnded,
    TrialSuggested,
)
from hyperstep.engine.job import Ending, Job, Outcome
from hyperstep.search.trial import TrialStatus
from hyperstep.workspace import Workspace

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<body onload=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<marquee onstart=alert(1)>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<math><mtext></mtext><script>alert(1)</script></math>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//example.invalid/x.css>",
    "<meta http-equiv=refresh content='0;url=//example.invalid'>",
    "<base href=//example.invalid/>",
    "<template><script>alert(1)</script></template>",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)" x="',
    "</title><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</pre><script>alert(1)</script>",
    "</svg><script>alert(1)</script>",
    "<!--><script>alert(1)</script>-->",
    "]]><script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "${alert(1)}",
    "javascript:alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u003cscript\u003ealert(1)\u003c/script\u003e",
    "\u202e<b>\u2028</b>",
]
LONG = 64  # characters that every text is filled up to, since a chart shortens a long one
HARMLESS = "h" * LONG
ADDRESSES = ["/runs", "/runs/1", "/runs/1/prepare", "/runs/1/tune", "/runs/1/tune?panel=slices", "/runs/1/tune/0"]
ADDRESSES += ["/runs/1/tune/1", "/models", "/models/line:1", "/pipelines", "/pipelines/kept", "/data"]
COUNT = "document.querySelectorAll('*').length"


def fill(folder, text: str) -> None:
    """A run whose pipeline, origin, labels, parameter, choice, tag, metric, file, output and reasons are the text."""
    source = Artifact(digest="0" * 64, size=0)
    name = "".join(filter(str.isprintable, text[:80]))  # a pipeline's name may have no other characters
    prepare = Step("prepare.py", source=Source("."), arguments=("--name", Parameter("name", text)))
    tune = TuneStep(
        Step("train.py", source=Source(".")),
        name="tune",
        space={"kind": choice(text, "other")},
        metric=maximize("score"),
    )
    submitted = RunSubmitted(
        pipeline=Pipeline(name, (prepare, tune)),
        parameters={"name": text},
        origin=text,
        labels={text: text},
        sources={".": source},
        datasets={text: Artifact(digest="1" * 64, size=1)},
    )
    with Workspace.open(folder) as workspace:
        store = workspace.store
        run = store.new_run(submitted)
        happened = [DriverStarted(pid=1), StepReady(step="1/prepare", fingerprint="a", parts={text: text})]
        for job in ("1/prepare.0", "1/tune/0.0"):
            if "/0." in job:
                happened.append(TrialSuggested(step="1/tune", number=0, values={"kind": text}))
            happened += [
                JobRequested(job=Job(id=job, script="train.py", source=source)),
                JobStarted(job=job, pid=1, start="spawn", reason=text),
                MetricsLogged(job=job, points=(Point("score", 0.5), Point(text, 1.0)), through=1),
                Tagged(job=job, key=text, value=text, through=2),
                ArtifactStored(
                    job=job,
                    name="outputs",
                    artifact=Artifact(digest="2" * 64, size=1, kind="tree"),
                    members=(Member(path=text, size=1, digest="3" * 64),),
                ),
                JobEnded(job=job, outcome=Outcome(ending=Ending.REFUSED, detail=text)),
            ]
            log = workspace.home / "runs" / job / "log.txt"
            log.parent.mkdir(parents=True)
            log.write_text(f"{text}\n", encoding="utf-8")
        happened += [
            TrialEnded(step="1/tune", number=0, status=TrialStatus.COMPLETED, score=0.5),
            TrialSuggested(step="1/tune", number=1, values={"kind": "other"}),
            TrialEnded(step="1/tune", number=1, status=TrialStatus.FAILED, reason=text),
            StepEnded(step="1/prepare", result=Result.FAILED, reason=text),
            StepEnded(step="1/tune", result=Result.COMPLETED, best=0, notes=(text,)),
            RunEnded(result=Result.FAILED, reason=text),
        ]
        store.append(run, happened)
        store.register(
            run, ModelRequested(request="hand/1", name="line", artifact=source, tags={text: text}, trial="1/tune/0")
        )
        store.publish("kept", submitted, description=text)


@pytest.fixture(scope="module")
def counts() -> dict[str, int]:
    """How many elements each page has when the text is harmless; filled by the first that asks."""
    return {}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_in_any_field_adds_no_element_runs_no_script_and_breaks_no_policy(
    visit, serve, tmp_path, counts, payload
):
    if not counts:
        (tmp_path / "twin").mkdir()
        fill(tmp_path / "twin", HARMLESS)
        twin = serve(tmp_path / "twin")
        page = visit(twin, reduced_motion="reduce")
        for address in ADDRESSES:
            page.goto(f"{twin.url}{address}")
            counts[address] = page.evaluate(COUNT)
    (tmp_path / "real").mkdir()
    fill(tmp_path / "real", payload.ljust(LONG, "x"))
    site = serve(tmp_path / "real")
    page = visit(site, reduced_motion="reduce")  # which fails the test for any dialog, error or report

    found = {}
    for address in ADDRESSES:
        page.goto(f"{site.url}{address}")
        found[address] = page.evaluate(COUNT)

    assert found == counts
