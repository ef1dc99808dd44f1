"""The pipeline: prepare the data, tune the training script on it, register the best model."""

from hyperstep import BanditPolicy, Goal, Limits, Metric, Output, Parameter, Pipeline, Source, Step, TuneStep
from ml_service.pipelines import hyperparams

SCRIPTS = Source("src/steps")

prep = Step(
    "01_prep_data.py",
    name="prep data",
    source=SCRIPTS,
    arguments=(
        "--test_size",
        Parameter("test_size", 0.2),
        "--data_X",
        Output("data_X"),
        "--data_y",
        Output("data_y"),
    ),
)

train = Step(
    "02_train.py",
    name="tune model",
    source=SCRIPTS,
    arguments=("--data_X", prep.output("data_X"), "--data_y", prep.output("data_y")),
)

tune = TuneStep(
    train,
    space=hyperparams.PARAMETER_SAMPLING,
    sampler=hyperparams.SAMPLER,
    metric=Metric(hyperparams.PRIMARY_METRIC_NAME, Goal(hyperparams.PRIMARY_METRIC_GOAL)),
    policy=BanditPolicy(
        slack_factor=hyperparams.SLACK_FACTOR,
        evaluation_interval=hyperparams.EVALUATION_INTERVAL,
    ),
    limits=Limits(trials=hyperparams.MAX_TOTAL_RUNS, concurrent=hyperparams.MAX_CONCURRENT_RUNS),
)

register = Step(
    "03_reg_model.py",
    name="register model",
    source=SCRIPTS,
    arguments=("--saved_model", tune.best_file("outputs/mymodel")),
    reuse=False,  # so that every run makes a new version
)

pipeline = Pipeline("ridge_tuning", steps=(prep, tune, register))
