"""The same trials as a tuning step. TRIALS and START come from the environment."""

import os

from hyperstep import (
    Dataset,
    Environment,
    Limits,
    Pipeline,
    RandomSampler,
    Source,
    Start,
    Step,
    TuneStep,
    maximize,
    uniform,
)

train = Step(
    "train.py",
    source=Source("scripts"),
    arguments=("--data", Dataset("data.joblib")),
    environment=Environment(start=Start(os.environ["START"])),
)
tune = TuneStep(
    train,
    space={"alpha": uniform(0.05, 1.0)},
    sampler=RandomSampler(seed=0),
    metric=maximize("r2"),
    limits=Limits(trials=int(os.environ["TRIALS"]), concurrent=2),
)
pipeline = Pipeline("sweep", steps=(tune,))
