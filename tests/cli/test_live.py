import io

from rich.console import Console

from hyperstep.cli.live import Screen, drawing
from hyperstep.cli.progress import Progress
from hyperstep.search.trial import TrialStatus


def drawn(story, *, now=None):
    console = Console(file=io.StringIO(), width=160, force_terminal=False)
    console.print(drawing(Progress("1", story.recorded), len(story.recorded) if now is None else now))
    return console.file.getvalue()


def test_every_step_has_its_line_with_its_state_in_words(story):
    lines = drawn(story.submitted().reused().searching()).splitlines()

    assert [line.split()[-2:] for line in lines] == [["from", "0/prep-data"], ["4", "done"], ["ridge", "waiting"]]
    assert "reused" in lines[0]
    assert "running" in lines[1]


def test_a_search_shows_counts_the_best_so_far_and_the_time_left(story):
    story.submitted(trials=6).reused().searching().trial(0, 0.25, 0.5).over(0).trial(1, 0.75, 0.4)
    story.over(1, TrialStatus.FAILED).trial(2, 0.1)
    text = drawn(story)

    assert "2 of 6 done, of them 1 failed, 1 running, about 4.0 s left" in text
    assert "best so far: trial 0, r2 0.5, --alpha 0.25" in text


def test_what_users_wrote_is_neither_obeyed_nor_read_as_markup(story):
    text = drawn(story.submitted().reused().searching().trial(0, "[red]\x1b[2J", 0.5))

    assert "[red]\\x1b[2J" in text
    assert "\x1b" not in text


def test_a_screen_draws_while_events_are_heard(story):
    story.submitted(trials=200).reused().searching()
    for number in range(200):
        story.trial(number, 0.5, number / 200).over(number, score=number / 200)
    console = Console(file=io.StringIO(), width=120, force_terminal=True)
    with Screen(Progress("1"), lambda: 1000.0, console) as screen:
        for one in story.recorded:
            screen.hear(one)
        screen.say("Stopping\x1b")

    assert "200 of 200 done" in console.file.getvalue()
    assert "Stopping\\x1b" in console.file.getvalue()
