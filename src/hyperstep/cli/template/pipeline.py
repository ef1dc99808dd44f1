"""Prepare the data, tune the training script on it, register the best model."""

from hyperstep import (
    BanditPolicy,
    Limits,
    Output,
    Parameter,
    Pipeline,
    RegisterStep,
    SearchSpace,
    Source,
    Step,
    TuneStep,
    loguniform,
    minimize,
    uniform,
)

scripts = Source("steps")

prepare = Step(
    "prepare.py",
    source=scripts,
    arguments=("--noise", Parameter("noise", 0.1), "--data", Output("data")),
)

train = Step(
    "train.py",
    source=scripts,
    arguments=("--data", prepare.output("data"), "--epochs", Parameter("epochs", 200)),
)

tune = TuneStep(
    train,
    name="tune",
    space=SearchSpace({"rate": loguniform(-7, 0), "decay": uniform(0, 0.01)}),  # rate: from exp(-7) to exp(0)
    metric=minimize("error"),
    policy=BanditPolicy(slack_factor=0.5, evaluation_interval=5, delay_evaluation=10),
    limits=Limits(trials=12, concurrent=2),
)

register = RegisterStep("line", tune.best_file("outputs/model.json"))

pipeline = Pipeline("first", (prepare, tune, register))
