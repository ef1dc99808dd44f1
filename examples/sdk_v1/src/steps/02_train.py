"""Train a ridge regression with one alpha, say how good it is, and save it."""

import argparse
import os

import joblib
import numpy as np
from azureml.core.run import Run, _OfflineRun
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error, r2_score

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data_X", required=True, help="the features that the data preparation wrote")
parser.add_argument("--data_y", required=True, help="the targets that it wrote")
parser.add_argument("--alpha", type=float, default=1.0, help="strength of the regularization")
args = parser.parse_args()

run = Run.get_context()
if type(run) == _OfflineRun:
    print("This isn't a run of a workspace: what is logged is printed.")

X, is_test = np.loadtxt(args.data_X, unpack=True)
y, _ = np.loadtxt(args.data_y, unpack=True)
train, test = is_test == 0, is_test == 1

model = Ridge(alpha=args.alpha).fit(X[train].reshape(-1, 1), y[train])
predicted = model.predict(X[test].reshape(-1, 1))

run.log("mse", mean_squared_error(y[test], predicted))
run.log("r2", r2_score(y[test], predicted))
run.log_list("coefficients", model.coef_)

os.makedirs("outputs", exist_ok=True)
joblib.dump(model, "outputs/mymodel")
