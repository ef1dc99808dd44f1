"""Prepare the data: one feature of scikit-learn's diabetes data, split into train and test."""

import argparse
import os

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

BODY_MASS_INDEX = 2

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data_X", required=True, help="where to write the features")
parser.add_argument("--data_y", required=True, help="where to write the targets")
parser.add_argument("--test_size", type=float, default=0.2, help="part of the rows that is kept for the test")
args = parser.parse_args()

features, targets = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    features[:, BODY_MASS_INDEX], targets, test_size=args.test_size, random_state=0
)

# One file each: the rows, and whether they are for the test.
is_test = np.repeat([0.0, 1.0], [len(y_train), len(y_test)])
for path, values in ((args.data_X, (X_train, X_test)), (args.data_y, (y_train, y_test))):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    np.savetxt(path, np.column_stack([np.concatenate(values), is_test]))
print("%d rows to train on, %d to test on" % (len(y_train), len(y_test)))
