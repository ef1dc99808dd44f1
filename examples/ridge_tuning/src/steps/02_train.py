"""Train a ridge regression with one alpha, say how good it is, and save it."""

import argparse
from pathlib import Path

import joblib
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error, r2_score

from hyperstep import tracking

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data_X", type=Path, required=True, help="the features that the data preparation wrote")
parser.add_argument("--data_y", type=Path, required=True, help="the targets that it wrote")
parser.add_argument("--alpha", type=float, default=1.0, help="strength of the regularization")
args = parser.parse_args()

X = joblib.load(args.data_X)
y = joblib.load(args.data_y)

model = Ridge(alpha=args.alpha).fit(X["train"], y["train"])
predicted = model.predict(X["test"])

tracking.metric("mse", mean_squared_error(y["test"], predicted))
tracking.metric("r2", r2_score(y["test"], predicted))

Path("outputs").mkdir(exist_ok=True)
joblib.dump(model, "outputs/mymodel")
