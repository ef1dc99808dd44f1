"""What every trial runs, whoever starts it: one ridge regression, saved."""

import argparse
from pathlib import Path

import joblib
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error, r2_score

from hyperstep import tracking

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
parser.add_argument("--alpha", type=float, required=True)
args = parser.parse_args()

X_train, X_test, y_train, y_test = joblib.load(args.data)
model = Ridge(alpha=args.alpha).fit(X_train, y_train)
predicted = model.predict(X_test)
tracking.metric("mse", mean_squared_error(y_test, predicted))
tracking.metric("r2", r2_score(y_test, predicted))
Path("outputs").mkdir(exist_ok=True)
joblib.dump(model, "outputs/mymodel")
