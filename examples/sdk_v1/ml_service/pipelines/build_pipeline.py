"""Build the pipeline and publish it behind its endpoint: python -m ml_service.pipelines.build_pipeline."""

from azureml.core import ScriptRunConfig, Workspace
from azureml.pipeline.core import Pipeline, PipelineData, PipelineEndpoint, PipelineParameter
from azureml.pipeline.core._restclients.aeva.models.error_response import ErrorResponseException
from azureml.pipeline.core.graph import TrainingOutput
from azureml.pipeline.steps import HyperDriveStep, PythonScriptStep
from azureml.train.hyperdrive import HyperDriveConfig

from ml_service import settings
from ml_service.pipelines import hyperparams
from ml_service.resources.compute import get_compute
from ml_service.resources.environment import get_environment, get_run_configuration
from ml_service.resources.workspace import get_workspace


def prepare_data(workspace: Workspace) -> tuple:
    """The step that writes the data; returns what it writes."""
    data_X = PipelineData("data_X", datastore=workspace.get_default_datastore()).as_dataset()
    data_y = PipelineData("data_y", datastore=workspace.get_default_datastore()).as_dataset()
    test_size = PipelineParameter(name="pipeparam_test_size", default_value=0.2)
    PythonScriptStep(
        name="prep data",
        script_name="01_prep_data.py",
        arguments=["--data_X", data_X, "--data_y", data_y, "--test_size", test_size],
        outputs=[data_X, data_y],
        compute_target=get_compute(workspace),
        runconfig=get_run_configuration(),
        source_directory=settings.STEPS_FOLDER,
        allow_reuse=True,
    )
    return data_X, data_y


def tune(workspace: Workspace, data_X, data_y) -> tuple:
    """The step that tunes the training script on the data; returns the best model and the table of metrics."""
    training = ScriptRunConfig(
        source_directory=settings.STEPS_FOLDER,
        script="02_train.py",
        arguments=["--data_X", data_X.as_named_input("data_X"), "--data_y", data_y.as_named_input("data_y")],
        compute_target=get_compute(workspace),
        environment=get_environment(),
    )
    search = HyperDriveConfig(
        run_config=training,
        hyperparameter_sampling=hyperparams.PARAMETER_SAMPLING,
        policy=hyperparams.POLICY,
        primary_metric_name=hyperparams.PRIMARY_METRIC_NAME,
        primary_metric_goal=hyperparams.PRIMARY_METRIC_GOAL,
        max_total_runs=hyperparams.MAX_TOTAL_RUNS,
        max_concurrent_runs=hyperparams.MAX_CONCURRENT_RUNS,
    )
    metrics = PipelineData(
        "metrics_data",
        datastore=workspace.get_default_datastore(),
        pipeline_output_name="metrics_output",
        training_output=TrainingOutput(type="Metrics"),
    )
    best_model = PipelineData(
        "saved_model",
        datastore=workspace.get_default_datastore(),
        pipeline_output_name="best_model_output",
        training_output=TrainingOutput("Model", model_file="outputs/mymodel"),
    )
    HyperDriveStep(
        name="tune hyperparams",
        hyperdrive_config=search,
        inputs=[data_X, data_y],
        outputs=[best_model],
        metrics_output=metrics,
        allow_reuse=True,
    )
    return best_model, metrics


def register(workspace: Workspace, best_model, metrics) -> PythonScriptStep:
    """The step that registers the best model, whatever ran before."""
    return PythonScriptStep(
        name="register model",
        script_name="03_reg_model.py",
        arguments=["--model_name", settings.MODEL_NAME, "--saved_model", best_model, "--metrics_data", metrics],
        inputs=[best_model, metrics],
        compute_target=get_compute(workspace),
        runconfig=get_run_configuration(),
        source_directory=settings.STEPS_FOLDER,
        allow_reuse=False,
    )


def build_pipeline(workspace: Workspace) -> Pipeline:
    """Three steps; the last one is enough to name, since the data that it takes lead to the others."""
    data_X, data_y = prepare_data(workspace)
    best_model, metrics = tune(workspace, data_X, data_y)
    return Pipeline(workspace=workspace, steps=[register(workspace, best_model, metrics)])


def main() -> None:
    workspace = get_workspace()
    pipeline = build_pipeline(workspace)
    pipeline.validate()
    published = pipeline.publish(name="ridge training", description="Prepare, tune, register")
    try:
        endpoint = PipelineEndpoint.get(workspace=workspace, name=settings.ENDPOINT_NAME)
        endpoint.add_default(published)
    except ErrorResponseException:
        endpoint = PipelineEndpoint.publish(
            workspace=workspace, name=settings.ENDPOINT_NAME, pipeline=published, description="Ridge training"
        )
    print(f"Published {published.name} as version {endpoint.default_version} of {endpoint.name}")


if __name__ == "__main__":
    main()
