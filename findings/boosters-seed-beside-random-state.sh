#!/usr/bin/env bash
# XGBoost 3.2.0, LightGBM 4.7.0 and CatBoost 1.2.10 under scikit-learn 1.9.1: who decides the randomness?
# Expected: setting random_state in every part that get_params() shows gives each model its own draws.
# Seen: a person's own seed= of XGBoost and LightGBM wins over random_state without a word, and CatBoost's
# get_params() shows no seed at all unless it was given, so that a pipeline around it is never seeded. In
# all three cases two models with other random_state are equal to the bit.
# Why it matters: whoever measures the noise between seeds measures none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  xgboost-cpu==3.2.0 lightgbm==4.7.0 catboost==1.2.10 scikit-learn==1.9.1
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.base import clone
from sklearn.datasets import load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier

X, y = load_wine(return_X_y=True)


def apart(estimator):
    """Largest difference of probabilities between two models whose every random_state differs."""
    answers = []
    for state in (1, 2):
        model = clone(estimator)
        names = [n for n in model.get_params() if n.split("__")[-1] == "random_state"]
        model.set_params(**dict.fromkeys(names, state))
        answers.append(model.fit(X[::2], y[::2]).predict_proba(X[1::2]))
    return float(np.abs(answers[0] - answers[1]).max())


bagged = {"subsample": 0.5, "subsample_freq": 1, "verbose": -1, "min_child_samples": 5}
pipeline = make_pipeline(StandardScaler(), CatBoostClassifier(iterations=20, verbose=0))
found = {
    "XGBoost, random_state alone": apart(XGBClassifier(subsample=0.5)),
    "XGBoost, seed=5 beside it": apart(XGBClassifier(subsample=0.5, seed=5)),
    "LightGBM, random_state alone": apart(LGBMClassifier(**bagged)),
    "LightGBM, seed=5 beside it": apart(LGBMClassifier(**bagged, seed=5)),
    "CatBoost in a pipeline": apart(pipeline),
}
for name, value in found.items():
    print(f"{name}: {value:.3g}")
assert found["XGBoost, random_state alone"] > 0 and found["LightGBM, random_state alone"] > 0
assert found["XGBoost, seed=5 beside it"] == 0, "behaviour has changed"
assert found["LightGBM, seed=5 beside it"] == 0, "behaviour has changed"
assert found["CatBoost in a pipeline"] == 0, "behaviour has changed"
assert not any("seed" in n or "random_state" in n for n in CatBoostClassifier().get_params())
PYTHON
