"""How every page looks and reads: light and dark, wide and narrow, with axe as judge; pictures are kept in shots/."""

from __future__ import annotations

import pytest

ADDRESSES = {
    "runs": "/runs",
    "run": "/runs/1",
    "failed": "/runs/2",
    "step": "/runs/1/prepare",
    "tuning": "/runs/1/tune",
    "slices": "/runs/1/tune?panel=slices",
    "pairs": "/runs/1/tune?panel=pairs",
    "importance": "/runs/1/tune?panel=importance",
    "timeline": "/runs/1/tune?panel=timeline",
    "what-if": "/runs/1/tune?panel=what-if&policy=median",
    "space": "/runs/1/tune?panel=space",
    "trial": "/runs/1/tune/0",
    "failed-trial": "/runs/2/tune/0",
    "models": "/models",
    "model": "/models/line",
    "version": "/models/line:1",
    "pipelines": "/pipelines",
    "pipeline": "/pipelines/small",
    "data": "/data",
    "compare": "/compare?id=1&id=2",
    "system": "/system",
    "trouble": "/runs/99",
}


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_no_page_is_wider_than_its_window(visit, site, faults, shots, theme, width):
    page = visit(site, color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    found, wide = {}, []
    for name, address in ADDRESSES.items():
        if name == "trouble":  # whose status the browser complains of
            continue
        page.goto(f"{site.url}{address}")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(name)
        if width > 1000:  # what it looks for doesn't depend on the width
            found[name] = faults(page)
        page.screenshot(path=shots / f"{name}-{theme}-{width}.png", full_page=True)

    assert {name: words for name, words in found.items() if words} == {}
    assert wide == []


def test_a_page_still_reads_at_320_pixels(visit, site):
    page = visit(site, viewport={"width": 320, "height": 700})
    for address in ("/runs", "/runs/1", "/runs/1/tune", "/runs/1/tune/0", "/models/line:1", "/pipelines/small"):
        page.goto(f"{site.url}{address}")

        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address


def test_the_theme_follows_the_system_until_it_is_chosen(visit, site):
    page = visit(site, "/runs", color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.emulate_media(color_scheme="light")
    light = page.evaluate(ground)
    page.get_by_role("button", name="Colours").click()  # as the system, then dark
    page.wait_for_selector("html[data-theme=dark]")

    assert dark != light
    assert page.evaluate(ground) == dark
