"""Run what stands behind the endpoint: python -m ml_service.pipelines.run_pipeline --test_size=0.2."""

import argparse

from azureml.core import Experiment, Model
from azureml.pipeline.core import PipelineEndpoint

from ml_service import settings
from ml_service.resources.workspace import get_workspace


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test_size", type=float, default=0.2, help="part of the rows that is kept for the test")
    args = parser.parse_args()

    workspace = get_workspace()
    endpoint = PipelineEndpoint.get(workspace=workspace, name=settings.ENDPOINT_NAME)
    experiment = Experiment(workspace, settings.EXPERIMENT_NAME)
    run = experiment.submit(endpoint, pipeline_parameters={"pipeparam_test_size": args.test_size})
    print(f"Follow it at {run.get_portal_url()}")
    run.wait_for_completion(show_output=False)

    model = Model(workspace, settings.MODEL_NAME)
    print(f"{run.get_status()}: the newest {model.name} is version {model.version}")


if __name__ == "__main__":
    main()
