import pytest

from hyperstep import tracking
from hyperstep.errors import TrackingError


@pytest.fixture(autouse=True)
def no_run(monkeypatch):
    monkeypatch.delenv("HYPERSTEP_WIRE", raising=False)


def test_outside_a_run_each_call_prints_a_line(tmp_path, capsys):
    (tmp_path / "model").write_bytes(b"")
    tracking.metric("r2", 0.5)
    tracking.metric("loss", 0.25, step=3)
    tracking.tag("stage", "test")
    tracking.artifact("file", tmp_path / "model")
    version = tracking.register("ridge", tmp_path / "model")

    assert version == 0
    assert capsys.readouterr().out.splitlines() == [
        "metric r2 = 0.5",
        "metric loss = 0.25 at step 3",
        "tag stage = test",
        f"artifact file: {tmp_path / 'model'}",
        f"model ridge: {tmp_path / 'model'}",
    ]


def test_outside_a_run_mistakes_are_still_mistakes(tmp_path):
    with pytest.raises(TrackingError):
        tracking.metric("r2", "0.5")
    with pytest.raises(TrackingError):
        tracking.register("ridge", tmp_path / "absent")
    with pytest.raises(TrackingError):
        tracking.register("bad name/..", tmp_path)
    with pytest.raises(TrackingError):
        tracking.tag("notes", "x" * 70_000)
    with pytest.raises(TrackingError):
        tracking.artifact("zero", "/dev/zero")
