"""Prepare the data: one feature of scikit-learn's diabetes data, split into train and test."""

import argparse
from pathlib import Path

import joblib
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

BODY_MASS_INDEX = 2

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--test_size", type=float, default=0.2, help="part of the rows that is kept for the test")
parser.add_argument("--data_X", type=Path, required=True, help="where to write the features")
parser.add_argument("--data_y", type=Path, required=True, help="where to write the targets")
args = parser.parse_args()

features, targets = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    features[:, [BODY_MASS_INDEX]], targets, test_size=args.test_size, random_state=0
)

joblib.dump({"train": X_train, "test": X_test}, args.data_X)
joblib.dump({"train": y_train, "test": y_test}, args.data_y)
print(f"{len(y_train)} rows to train on, {len(y_test)} to test on")
