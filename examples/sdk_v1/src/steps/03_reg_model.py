"""Register the best trial's model."""

import argparse
import json

import joblib
from azureml.core import Model, Run

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--model_name", required=True, help="the name to register it under")
parser.add_argument("--saved_model", required=True, help="the model file of the best trial")
parser.add_argument("--metrics_data", required=True, help="what every trial logged")
args = parser.parse_args()

with open(args.metrics_data) as file:
    metrics = json.load(file)
for trial, logged in sorted(metrics.items(), key=lambda item: item[1]["r2"], reverse=True):
    print("%s: r2 %.5f" % (trial, logged["r2"][-1]))

best = joblib.load(args.saved_model)
workspace = Run.get_context().experiment.workspace
model = Model.register(
    workspace=workspace,
    model_path=args.saved_model,
    model_name=args.model_name,
    tags={"alpha": str(best.alpha), "trials": str(len(metrics))},
)
print("Registered %s, version %d" % (model.name, model.version))
