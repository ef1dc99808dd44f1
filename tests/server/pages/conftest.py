"""A workspace with real small runs, pages asked for as a browser does, and their HTML to look into."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from hyperstep import Limits, Output, Parameter, Pipeline, RegisterStep, Source, Step, TuneStep, minimize, uniform
from hyperstep.server.access import Access, addresses
from hyperstep.server.app import create_app
from hyperstep.workspace import Workspace

URL = "http://127.0.0.1:8265"
APART = {"td", "th", "p", "div", "li", "dt", "dd", "br", "h1", "h2", "text", "title", "tr", "a"}
VOID = {"meta", "link", "input", "br", "hr", "img"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    own: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.own).split())

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        found = [one for child in self.children for one in child.all(tag, **attributes)]
        mine = (not tag or self.tag == tag) and all(self.attributes.get(n) == v for n, v in wanted.items())
        return [self, *found] if mine else found


class _Reader(HTMLParser):
    """Builds elements; text counts for all that hold it."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(made)
        if tag in APART:
            self.handle_data(" ")
        if tag not in VOID:
            self.open.append(made)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.own.append(data)


def read(html: str) -> Element:
    """The elements of a page; fails if one isn't closed where it should be."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [reader.root], f"never closed: {[one.tag for one in reader.open[1:]]}"
    return reader.root


class Browser:
    """Asks for pages with a session, as a browser does; does not follow redirections."""

    def __init__(self, folder: Path) -> None:
        access = Access("t" * 43, addresses(8265))
        self.app = create_app(folder, access=access)
        self.session = access.session()
        self.form_token = access.form_token(self.session)
        self.cookies = {"hyperstep-8265": self.session}

    def ask(self, method: str, address: str, **given: object) -> httpx.Response:
        async def asked() -> httpx.Response:
            headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url=URL, headers=headers, cookies=self.cookies
            ) as client:
                answer = await client.request(method, address, **given)
                self.cookies.update(answer.cookies)
                return answer

        return asyncio.run(asked())

    def page(self, address: str, *, status: int = 200) -> Element:
        answer = self.ask("GET", address)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return read(answer.text)

    def send(self, address: str, **fields: str) -> str:
        """Send a form; returns where it leads."""
        answer = self.ask("POST", address, data={"form_token": self.form_token, **fields})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]


@pytest.fixture
def browse() -> Callable[[Path], Browser]:
    """A browser that has a session with the server of a folder."""
    return Browser


PREPARE = "import sys\nopen(sys.argv[2], 'w').write('1 2 3')\nprint('three numbers')\n"
TRAIN = """import argparse, os
from hyperstep import tracking
parser = argparse.ArgumentParser()
parser.add_argument("--data"), parser.add_argument("--rate", type=float), parser.add_argument("--epochs", type=int)
parser.add_argument("--fail")
args = parser.parse_args()
print("rate", args.rate)
for epoch in range(args.epochs):
    tracking.metric("error", (args.rate - 0.3) ** 2 + 1 / (1 + epoch))
assert args.fail == "no", "it was asked to fail"
os.makedirs("outputs", exist_ok=True)
open("outputs/model.txt", "w").write(str(args.rate))
"""


def pipeline() -> Pipeline:
    """Prepares, tunes with six trials, registers."""
    prepare = Step("prepare.py", source=Source("steps"), arguments=("--data", Output("data")))
    train = Step(
        "train.py",
        source=Source("steps"),
        arguments=(
            *("--data", prepare.output("data"), "--epochs", Parameter("epochs", 3)),
            *("--fail", Parameter("fail", "no")),
        ),
    )
    tune = TuneStep(
        train,
        name="tune",
        space={"rate": uniform(0, 1)},
        metric=minimize("error"),
        limits=Limits(trials=6, concurrent=2),
    )
    return Pipeline("small", (prepare, tune, RegisterStep("line", tune.best_file("outputs/model.txt"))))


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs: one that completed, one that failed, one that was reused. Nothing changes it."""
    folder = tmp_path_factory.mktemp("ran")
    (folder / "steps").mkdir()
    (folder / "steps" / "prepare.py").write_text(PREPARE)
    (folder / "steps" / "train.py").write_text(TRAIN)
    with Workspace.open(folder) as workspace:
        workspace.claim()
        for parameters in ({}, {"fail": "yes"}, {}):
            run = workspace.submit(pipeline(), parameters, base=folder, labels={"who": "tests"})
            workspace.drive(run)
    return folder
