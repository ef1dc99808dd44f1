"""The same trials with nothing around them: a loop in one process. `bare_loop.py DATA TRIALS`."""

import random
import sys
from pathlib import Path

import joblib
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error, r2_score

data, trials = sys.argv[1], int(sys.argv[2])
draw = random.Random(0)
scores = []
for number in range(trials):
    X_train, X_test, y_train, y_test = joblib.load(data)
    model = Ridge(alpha=draw.uniform(0.05, 1.0)).fit(X_train, y_train)
    predicted = model.predict(X_test)
    scores.append((r2_score(y_test, predicted), mean_squared_error(y_test, predicted)))
    outputs = Path("trials", str(number), "outputs")
    outputs.mkdir(parents=True)
    joblib.dump(model, outputs / "mymodel")
print(max(scores))
