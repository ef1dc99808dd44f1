"""The looks of all charts: colours for light and dark, as custom properties of CSS.

A page puts STYLE among its own rules once. It follows the system, or what
`data-theme` says on an element above; a notebook's own switch counts as well.

The ramp q0 to q9 goes from dark to bright with the goal's direction. It is
viridis where the ground is dark. On white, viridis ends in a yellow that
nobody can see, so there it ends in a green of the same hue order. Every step
of it, and every sign that carries meaning, has a contrast of 3:1 to its ground
and every text 4.5:1.
"""

from __future__ import annotations

STEPS = 10
"""How many colours the ramp has."""

LIGHT = {
    "paper": "#ffffff",
    "raised": "#f5f7f9",
    "ink": "#1b2430",
    "soft": "#57606c",
    "rule": "#7a8490",
    "grid": "#e6eaee",
    "completed": "#1a7f4b",
    "stopped": "#8f5f00",
    "failed": "#c62828",
    "running": "#0b6bcb",
    "q0": "#43034f",
    "q1": "#3e186d",
    "q2": "#2f2d85",
    "q3": "#004494",
    "q4": "#005b97",
    "q5": "#00708f",
    "q6": "#00817f",
    "q7": "#008e68",
    "q8": "#2f9650",
    "q9": "#6f9a10",
}
DARK = {
    "paper": "#12161c",
    "raised": "#1b2129",
    "ink": "#e8ecf1",
    "soft": "#a3adb9",
    "rule": "#77818d",
    "grid": "#2a313a",
    "completed": "#4ac78a",
    "stopped": "#d8a038",
    "failed": "#ff7b72",
    "running": "#6cb2ff",
    "q0": "#336a8e",
    "q1": "#2b768e",
    "q2": "#26828e",
    "q3": "#20938c",
    "q4": "#20a486",
    "q5": "#35b779",
    "q6": "#5dc863",
    "q7": "#8fd744",
    "q8": "#c5e021",
    "q9": "#fde725",
}

_WIDTHS = range(4, 41)  # in steps of 40 units


def ramp(share: float) -> str:
    """The class of a colour for a share in [0, 1], 1 the best."""
    return f"q{min(STEPS - 1, max(0, int(share * STEPS)))}"


def width_class(width: float) -> str:
    """The class that lets a chart grow and shrink a little with its box; where that isn't enough, the box scrolls."""
    return f"hs-w{min(_WIDTHS[-1], max(_WIDTHS[0], round(width / 40)))}"


def _properties(colours: dict[str, str]) -> str:
    return ";".join(f"--hs-{name}:{colour}" for name, colour in colours.items())


_RULES = """
.hs{display:block;height:auto;color:var(--hs-ink);font-variant-numeric:tabular-nums;
font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
.hs text{fill:var(--hs-ink);stroke:none}
.hs .soft{fill:var(--hs-soft)}
.hs .words{fill:var(--hs-soft);font-size:13px}
.hs .strong{font-weight:600}
.hs .small{font-size:11px}
.hs .middle{text-anchor:middle}
.hs .end{text-anchor:end}
.hs path{fill:none;stroke-linecap:round;stroke-linejoin:round}
.hs .grid{stroke:var(--hs-grid)}
.hs .rule{stroke:var(--hs-rule)}
.hs .best{stroke:var(--hs-ink);stroke-width:1.5}
.hs .bound{stroke:var(--hs-stopped);stroke-width:1.8;stroke-dasharray:6 4}
.hs .t{stroke:currentColor;stroke-width:1.5}
.hs.curves .t,.hs.many .t{stroke-width:1.1}
.hs .t.stopped{stroke-width:1;stroke-dasharray:4 3}
.hs .t.running{stroke:var(--hs-running);stroke-dasharray:1 4}
.hs .t.failed{stroke:var(--hs-failed)}
.hs .t.cancelled{stroke:var(--hs-soft)}
.hs .t.winner{stroke-width:3.5;stroke-dasharray:none}
.hs .halo{stroke:var(--hs-ink);stroke-width:6.5}
.hs .m{fill:currentColor;stroke:var(--hs-paper);stroke-width:.75}
.hs .m.stopped{fill:var(--hs-paper);stroke:currentColor;stroke-width:1.6}
.hs .m.running{fill:var(--hs-running);fill-rule:evenodd;stroke:none}
.hs .m.failed{fill:none;stroke:var(--hs-failed);stroke-width:1.8}
.hs .m.cancelled{fill:none;stroke:var(--hs-soft);stroke-width:1.8}
.hs .m.winner{stroke:var(--hs-ink);stroke-width:2.2}
.hs .t.key{stroke:var(--hs-soft)}
.hs .m.key{fill:var(--hs-soft)}
.hs .m.key-open{stroke:var(--hs-soft)}
.hs .box{fill:var(--hs-raised);stroke:var(--hs-rule)}
.hs .box.reused{stroke-dasharray:5 4}
.hs .span{fill:currentColor;stroke:currentColor}
.hs .span.stopped,.hs .span.failed,.hs .span.cancelled{fill:var(--hs-paper);stroke-width:1.5}
.hs .span.failed{stroke-dasharray:4 2}
.hs .span.cancelled{stroke-dasharray:1 2}
.hs .span.winner{stroke:var(--hs-ink);stroke-width:2}
.hs .inside{fill:var(--hs-paper)}
.hs .bar{fill:var(--hs-q5);stroke:none}
.hs .track{fill:var(--hs-grid);stroke:none}
.hs .port{fill:var(--hs-paper);stroke:var(--hs-rule);stroke-width:1.4}
.hs .edge{stroke:var(--hs-rule);stroke-width:1.4}
.hs .tip{fill:var(--hs-rule);stroke:none}
.hs .edge.after{stroke-dasharray:2 5}
.hs .onto{paint-order:stroke;stroke:var(--hs-paper);stroke-width:4px;stroke-linejoin:round}
.hs .icon{stroke:var(--hs-soft);stroke-width:1.5}
.hs .side{stroke:currentColor;stroke-width:4}
.hs a:focus-visible{outline:none}
.hs a:hover .box,.hs a:focus-visible .box{stroke:var(--hs-ink);stroke-width:2}
.hs .fill{fill:currentColor;stroke:none}
.hs .draw{stroke:currentColor;stroke-width:1.6}
.hs .s-completed,.hs .s-reused{color:var(--hs-completed)}
.hs .s-running{color:var(--hs-running)}
.hs .s-failed{color:var(--hs-failed)}
.hs .s-stopped,.hs .s-cancelled,.hs .s-skipped,.hs .s-interrupted{color:var(--hs-stopped)}
.hs .s-waiting{color:var(--hs-soft)}
"""


def _style() -> str:
    light, dark = _properties(LIGHT), _properties(DARK)
    steps = "".join(f".hs .q{step}{{color:var(--hs-q{step})}}" for step in range(STEPS))
    widths = "".join(f".hs-w{n}{{width:100%;min-width:{n * 34}px;max-width:{n * 52}px}}" for n in _WIDTHS)
    return (
        f".hs{{{light}}}@media (prefers-color-scheme:dark){{.hs{{{dark}}}}}"
        f"[data-theme=light] .hs,[data-jp-theme-light=true] .hs{{{light}}}"
        f"[data-theme=dark] .hs,[data-jp-theme-light=false] .hs{{{dark}}}"
        f"{_RULES}{steps}{widths}"
    ).replace("\n", "")


STYLE = _style()
"""All rules, for a page, a report or a file that holds one chart; every selector is about charts alone."""
