from __future__ import annotations

import pytest

from hyperstep.charts.theme import DARK, LIGHT, STEPS, STYLE


def luminance(colour):
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "raised"])
def test_text_has_a_contrast_of_four_and_a_half(colours, ground):
    assert min(contrast(colours[name], colours[ground]) for name in ("ink", "soft")) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_what_carries_meaning_has_a_contrast_of_three(colours):
    meaning = ["rule", "completed", "stopped", "failed", "running", *(f"q{step}" for step in range(STEPS))]

    assert not [name for name in meaning if contrast(colours[name], colours["paper"]) < 3]


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_ramp_goes_from_dark_to_bright(colours):
    steps = [luminance(colours[f"q{step}"]) for step in range(STEPS)]

    assert steps == sorted(steps)


def test_both_themes_name_the_same_colours():
    assert LIGHT.keys() == DARK.keys()


def test_the_style_can_stand_in_xml_and_refers_to_nothing():
    assert not set("<&") & set(STYLE)
    assert "url(" not in STYLE
    assert "@import" not in STYLE
