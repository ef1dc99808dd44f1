"""What scripts add, and that nothing is lost without them."""

from __future__ import annotations

import re


def lit(page) -> set[str]:
    return set(page.eval_on_selector_all(".hot", "all => all.map((one) => one.dataset.trial)"))


def test_without_scripts_everything_is_there_and_forms_submit(visit, site):
    page = visit(site, "/runs/1/tune", java_script_enabled=False)

    assert page.locator("tbody tr[data-trial]").count() == 24
    assert page.locator("svg.history [data-trial]").count() >= 24
    page.locator("summary", has_text="Filter").click()
    page.locator("input[name='max.decay']").fill("0.2")
    page.locator("form[data-filter] button").click()
    assert "max.decay=0.2" in page.url
    assert 0 < page.locator("tbody tr[data-trial]").count() < 24
    page.locator("th a", has_text="--rate").click()
    assert "sort=.rate" in page.url
    page.goto(f"{site.url}/runs")
    page.get_by_role("button", name="Colours").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_pointing_at_a_row_or_a_mark_lights_the_trial_up_everywhere(visit, site):
    page = visit(site, "/runs/1/tune")

    page.locator("tr[data-trial='3']").hover()
    page.wait_for_selector(".hot")
    assert lit(page) == {"3"}
    assert page.locator("svg.history .hot").count() == 1
    assert page.locator("svg.parallel .hot").count() >= 1
    mark = page.locator("svg.history [data-trial='5']").first
    mark.hover(force=True)
    page.wait_for_selector("tr.hot")
    assert lit(page) == {"5"}
    assert page.locator(".hint").inner_text().startswith("trial 5, ")


def test_a_click_selects_shift_adds_the_address_keeps_it_and_escape_clears(visit, site):
    page = visit(site, "/runs/1/tune")

    page.locator("tr[data-trial='3'] td").nth(1).click()
    page.locator("tr[data-trial='7'] td").nth(1).click(modifiers=["Shift"])
    assert re.search(r"sel=3(%2C|,)7", page.url)
    assert page.locator("svg.history .selected").count() == 2
    page.reload()
    assert page.locator("tr.selected").count() == 2
    page.keyboard.press("Escape")
    assert "sel=" not in page.url
    assert page.locator(".selected").count() == 0


def test_a_drag_along_an_axis_filters_the_table_and_a_chip_takes_it_back(visit, site):
    page = visit(site, "/runs/1/tune", viewport={"width": 1440, "height": 1000})
    axis = page.locator("[data-parallel] [data-axis='--decay'] path.rule").first.bounding_box()
    x, top, height = axis["x"] + axis["width"] / 2, axis["y"], axis["height"]

    page.mouse.move(x, top + 2)
    page.mouse.down()
    page.mouse.move(x, top + height / 2, steps=6)
    assert page.locator("[data-parallel] .out").count() > 0
    page.mouse.up()
    page.wait_for_selector("li.chip")

    rows = page.locator("tbody tr[data-trial]").count()
    assert 0 < rows < 24
    assert re.search(r"min\.decay=0\.2\d", page.url)
    assert page.locator("h2", has_text=f"{rows} of 24 trials match").count() == 1
    page.locator("li.chip a").click()
    page.wait_for_function("() => document.querySelectorAll('tbody tr[data-trial]').length === 24")
    assert page.locator("[data-parallel] .out").count() == 0


def test_axes_are_moved_by_brackets_and_turned_by_their_menu(visit, site):
    page = visit(site, "/runs/1/tune")
    names = "all => all.map((one) => one.dataset.axis)"
    axes = "[data-parallel] [data-axis]"
    before = page.eval_on_selector_all(axes, names)

    page.locator(f"{axes[:-1]}='--decay'] text").first.hover(force=True)
    page.keyboard.press("[")
    page.wait_for_function(f"() => document.querySelector('{axes}').dataset.axis !== '{before[0]}'")
    assert page.eval_on_selector_all(axes, names) == [before[1], before[0], *before[2:]]
    page.locator("summary", has_text="Axes").click()
    page.locator("[data-axis-row='--rate'] a", has_text="linear").click()
    page.wait_for_selector("[data-parallel] [data-axis='--rate'][data-kind=linear]")


def test_sorting_changes_the_parts_of_the_page_and_going_back_restores_them(visit, site):
    page = visit(site, "/runs/1/tune")
    first = "document.querySelector('tbody tr[data-trial]').dataset.trial"
    best = page.evaluate(first)
    page.evaluate("document.body.dataset.same = 'yes'")

    page.locator("th a", has_text="№").click()
    page.wait_for_function(f"() => {first} === '0'")
    page.go_back()
    page.wait_for_function(f"() => {first} === '{best}'")

    assert page.evaluate("document.body.dataset.same") == "yes"


def test_a_trial_opens_beside_the_page_and_escape_closes_it(visit, site):
    page = visit(site, "/runs/1/tune")

    page.locator("tr[data-trial='0'] a").first.click()
    drawer = page.locator("dialog.drawer")
    drawer.wait_for()
    assert "python train.py" in drawer.inner_text()
    assert drawer.locator("h1").count() == 0
    page.keyboard.press("Escape")
    drawer.wait_for(state="detached")


def test_everything_is_reached_by_keyboard_and_the_first_stop_is_the_skip_link(visit, site):
    page = visit(site, "/runs/1/tune")
    where = "document.activeElement.textContent.trim()"

    page.keyboard.press("Tab")
    assert page.evaluate(where) == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    reached = set()
    for _ in range(140):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(where))
        assert page.evaluate(
            "document.activeElement === document.body || document.activeElement.matches(':focus-visible')"
        )
    assert {"Axes", "One parameter", "Filter", "Columns", "CSV", "JSON"} <= reached


def test_a_command_is_copied_whole(visit, site):
    page = visit(site, "/runs/1/tune/0", permissions=["clipboard-read", "clipboard-write"])

    page.get_by_role("button", name="Copy the command line").click()
    page.wait_for_function("() => document.querySelector('[data-spoken]').textContent === 'Copied.'")

    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("pre.text").first.inner_text()
