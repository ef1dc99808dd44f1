"""A trial that is run again finds what its earlier attempt has kept."""

from __future__ import annotations

from hyperstep import Limits, Pipeline, Source, Step, TuneStep, Workspace, choice, maximize
from hyperstep.store import queries

TRAIN = """
import os, sys
from hyperstep import tracking
path = os.path.join(tracking.checkpoint_folder(), "epoch")
epoch = int(open(path).read()) if os.path.exists(path) else 0
tracking.metric("score", epoch)
with open(path + ".new", "w") as new:
    new.write(str(epoch + 1))
os.rename(path + ".new", path)
sys.exit(1 if epoch < 2 else 0)
"""


def test_each_attempt_goes_on_from_the_checkpoint_of_the_one_before(project):
    (project / "steps" / "train.py").write_text(TRAIN)
    train = Step("train.py", source=Source("steps"))
    tune = TuneStep(
        train, name="tune", space={"x": choice(1, 2)}, metric=maximize("score"), limits=Limits(trials=2, retries=2)
    )
    with Workspace.open() as workspace:
        ended = workspace.drive(workspace.submit(Pipeline("checkpoints", [tune])))
        trials = queries.trials(workspace.store.db, "1/tune")

    assert ended.result.value == "completed"
    assert [(trial.state, trial.job, trial.best_score) for trial in trials] == [
        ("completed", "1/tune/0.2", 2.0),
        ("completed", "1/tune/1.2", 2.0),
    ]
