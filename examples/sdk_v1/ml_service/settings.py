"""Names of everything that the service uses."""

SUBSCRIPTION_ID = "00000000-0000-0000-0000-000000000000"
RESOURCE_GROUP = "rg-ridge"
WORKSPACE_NAME = "ws-ridge"
LOCATION = "westeurope"

COMPUTE_NAME = "cpu-cluster"
VM_SIZE = "STANDARD_D2_V2"
MAX_NODES = 2

ENVIRONMENT_NAME = "ridge-environment"
CONDA_FILE = "ml_service/conda_dependencies.yml"

EXPERIMENT_NAME = "ridge-training"
ENDPOINT_NAME = "ridge-training-endpoint"
MODEL_NAME = "mymodel"
STEPS_FOLDER = "src/steps"
