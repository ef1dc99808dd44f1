"""All that the example's pipeline does, in one process with nothing around it."""

import shutil
from pathlib import Path

import joblib
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import train_test_split

features, targets = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(features[:, [2]], targets, test_size=0.2, random_state=0)
joblib.dump({"train": X_train, "test": X_test}, "data_X")
joblib.dump({"train": y_train, "test": y_test}, "data_y")

scores = {}
for number, alpha in enumerate((0.1749, 0.11, 0.7268, 0.94428)):
    X, y = joblib.load("data_X"), joblib.load("data_y")
    model = Ridge(alpha=alpha).fit(X["train"], y["train"])
    predicted = model.predict(X["test"])
    mean_squared_error(y["test"], predicted)
    scores[number] = r2_score(y["test"], predicted)
    outputs = Path("trials", str(number), "outputs")
    outputs.mkdir(parents=True)
    joblib.dump(model, outputs / "mymodel")

best = max(scores, key=scores.__getitem__)
Path("models").mkdir()
shutil.copy(Path("trials", str(best), "outputs", "mymodel"), Path("models", "mymodel-1"))
print(f"best: trial {best}, r2 {scores[best]}")
