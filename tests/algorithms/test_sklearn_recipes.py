"""Recipes of scikit-learn and of gradient boosting libraries as people write them."""

import warnings

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import BaggingClassifier, ExtraTreesClassifier, StackingClassifier
from sklearn.feature_selection import SelectKBest, f_classif, mutual_info_classif
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import laplacian_kernel
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from tests.algorithms.test_sklearn import MASKS, MIXED, POINTS, TABLE, algorithm, logits_of

from traindiff.algorithms.sklearn.algorithm import SklearnAlgorithm
from traindiff.datasets import Dataset
from traindiff.errors import InputError

SHUFFLED = StratifiedKFold(2, shuffle=True)
TREE = DecisionTreeClassifier(max_features=1)

DRAWING = {
    "search": GridSearchCV(TREE, {"max_depth": [1, 3]}, cv=SHUFFLED),
    "calibration": CalibratedClassifierCV(TREE, cv=SHUFFLED),
    "stack": StackingClassifier([("tree", TREE)], cv=SHUFFLED),
    "in a grid": GridSearchCV(
        Pipeline([("model", TREE)]), {"model": [TREE, ExtraTreesClassifier(3)]}, cv=2
    ),
    "in a list of grids": GridSearchCV(
        Pipeline([("model", TREE)]), [{"model": [ExtraTreesClassifier(3)]}], cv=2
    ),
}


@pytest.mark.parametrize("case", DRAWING)
def test_all_that_draws_is_decided_by_the_models_seed(case):
    first = logits_of(DRAWING[case], masks=MASKS[:2], seeds=[1, 2])
    for _ in range(2):
        again = logits_of(DRAWING[case], masks=MASKS[:2], seeds=[1, 2])
        np.testing.assert_array_equal(first, again)
    assert (first != logits_of(DRAWING[case], masks=MASKS[:2], seeds=[3, 4])).any()
    assert SHUFFLED.random_state is None


def twice(values):
    return 2 * values


NAMED = {
    "default score": make_pipeline(SelectKBest(k=2), LogisticRegression()),
    "score": make_pipeline(SelectKBest(mutual_info_classif, k=2), LogisticRegression()),
    "own": make_pipeline(FunctionTransformer(twice), LogisticRegression()),
    "kernel": SVC(kernel=laplacian_kernel),
    "distribution": RandomizedSearchCV(
        LogisticRegression(), {"C": uniform(0.1, 3)}, n_iter=2, cv=2
    ),
    "stack": StackingClassifier([("tree", TREE)]),
    "stack in a pipeline": make_pipeline(StandardScaler(), StackingClassifier([("tree", TREE)])),
}


@pytest.mark.parametrize("case", NAMED)
def test_functions_and_distributions_are_told_by_name(case):
    made = algorithm(NAMED[case])
    made.check(TABLE)
    assert made.describe() == algorithm(NAMED[case]).describe()
    assert np.isfinite(logits_of(NAMED[case], masks=MASKS[:1], seeds=[1])).all()


def test_another_function_or_argument_is_another_algorithm():
    def described(estimator, **settings):
        return algorithm(estimator, **settings).describe()

    one, two = (
        described(make_pipeline(SelectKBest(score), SVC()))
        for score in (f_classif, mutual_info_classif)
    )
    assert one != two
    one, two = (described(RandomizedSearchCV(SVC(), {"C": uniform(0, b)})) for b in (1, 2))
    assert one != two
    hidden = make_pipeline(FunctionTransformer(lambda values: values), SVC())
    with pytest.raises(InputError, match="or give a version"):
        algorithm(hidden)
    assert described(hidden, version="1") != described(hidden, version="2")


BY_NAME = {
    "names": ColumnTransformer([("a", StandardScaler(), ["weight", "size"])]),
    "one name": ColumnTransformer([("a", OneHotEncoder(), ["town"])], remainder=StandardScaler()),
    "types": ColumnTransformer(
        [
            (
                "a",
                OneHotEncoder(handle_unknown="ignore"),
                make_column_selector(dtype_include="category"),
            ),
            ("b", StandardScaler(), make_column_selector(dtype_include=np.number)),
        ]
    ),
}


@pytest.mark.parametrize("case", BY_NAME)
def test_a_pipeline_that_selects_by_name_gets_a_frame(case):
    named = logits_of(make_pipeline(BY_NAME[case], LogisticRegression()), MIXED)
    towns = OneHotEncoder(categories=[range(4)])
    by_place = {
        "names": [("a", StandardScaler(), [2, 0])],
        "one name": [("a", towns, [1])],
        "types": [
            ("a", towns, [1]),
            ("b", StandardScaler(), [0, 2]),
        ],
    }[case]
    numbered = ColumnTransformer(
        by_place, remainder="drop" if case != "one name" else StandardScaler()
    )
    expected = logits_of(make_pipeline(numbered, LogisticRegression()), MIXED)
    np.testing.assert_allclose(named, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("estimator", [LogisticRegression(), make_pipeline(LogisticRegression())])
def test_columns_can_be_left_out(estimator):
    left = Dataset.of(POINTS[:, 2:], TABLE.labels, TABLE.class_names, name="left")
    without = logits_of(estimator, without=TABLE.columns[:2])
    np.testing.assert_array_equal(without, logits_of(estimator, left))
    described = algorithm(estimator, without=TABLE.columns[:2]).describe()
    assert described != algorithm(estimator).describe()
    with pytest.raises(InputError, match=r"unknown column 'colour'.*table"):
        algorithm(estimator, without=["colour"]).check(TABLE)
    with pytest.raises(InputError, match="no column of table is left"):
        algorithm(estimator, without=TABLE.columns).check(TABLE)


BOOSTERS = {
    "xgboost": ("XGBClassifier", {"n_estimators": 4, "subsample": 0.5}),
    "lightgbm": (
        "LGBMClassifier",
        {"n_estimators": 4, "colsample_bytree": 0.3, "min_child_samples": 2, "verbosity": -1},
    ),
    "catboost": (
        "CatBoostClassifier",
        {"iterations": 4, "verbose": False, "allow_writing_files": False},
    ),
}


def booster(library, **changes):
    name, settings = BOOSTERS[library]
    return getattr(pytest.importorskip(library), name)(**{**settings, **changes})


@pytest.mark.parametrize("library", BOOSTERS)
@pytest.mark.parametrize("place", ["bare", "pipeline", "bagging"])
def test_boosters_are_seeded_wherever_they_stand(library, place):
    bare = booster(library)
    estimator = {
        "bare": bare,
        "pipeline": make_pipeline(StandardScaler(), bare),
        "bagging": BaggingClassifier(bare, 2, bootstrap=False),
    }[place]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one, again, other = (
            logits_of(estimator, masks=MASKS[:1], seeds=[seed]) for seed in (1, 1, 2)
        )
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


@pytest.mark.parametrize("library", BOOSTERS)
def test_a_class_that_the_subset_lacks_gets_the_least_probability(library):
    masks = np.stack([TABLE.labels != absent for absent in range(3)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logits = logits_of(booster(library), masks=masks, seeds=[1, 2, 3])
    for absent in range(3):
        assert (logits[absent].argmin(axis=1) == absent).all()
        right = logits[absent][masks[absent]].argmax(axis=1) == TABLE.labels[masks[absent]]
        assert right.mean() > 0.6


@pytest.mark.parametrize(
    ("library", "own"),
    [
        ("xgboost", "seed"),
        ("lightgbm", "bagging_seed"),
        ("lightgbm", "seed"),
        ("catboost", "random_seed"),
    ],
)
def test_a_seed_of_ones_own_is_refused(library, own):
    for estimator in (booster(library, **{own: 5}), make_pipeline(booster(library, **{own: 5}))):
        with pytest.raises(InputError, match=f"{own} = 5 would give every model the same seed"):
            algorithm(estimator)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_a_parameter_that_the_library_does_not_know_is_refused(library):
    with pytest.raises(InputError, match="unknown parameter 'max_dept': did you mean 'max_depth'"):
        algorithm(booster(library, max_dept=2))
    known = {"xgboost": {"max_cat_threshold": 4, "eta": 0.1}, "lightgbm": {"bagging_freq": 1}}
    algorithm(booster(library, **known[library]))


@pytest.mark.parametrize("library", BOOSTERS)
def test_the_librarys_version_is_part_of_the_identity(library, monkeypatch):
    made = SklearnAlgorithm(name="A", estimator=booster(library))
    before = made.describe()
    monkeypatch.setattr(pytest.importorskip(library), "__version__", "0.0.1")
    assert made.describe() != before
