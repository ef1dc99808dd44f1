from __future__ import annotations


def test_a_report_is_a_file_of_the_newest_run(copied):
    told = copied.look("report").out
    written = (copied.folder / "run-1.html").read_text()

    assert told.startswith("Wrote run-1.html, ")
    assert written.startswith("<!doctype html>")
    assert "Run 1 of " in written


def test_a_report_goes_where_it_is_told_to(copied):
    copied.look("report", "1", "-o", "mine.html")
    out = copied.look("report", "1", "-o", "-").out

    assert (copied.folder / "mine.html").read_text() == out


def test_a_run_that_is_not_there_has_no_report(copied):
    assert "There is no run '9'" in copied.look("report", "9", code=2).err
    assert not (copied.folder / "run-9.html").exists()
