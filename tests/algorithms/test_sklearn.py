import json
import sys

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from traindiff.algorithms import Algorithm
from traindiff.algorithms.sklearn.algorithm import SklearnAlgorithm
from traindiff.algorithms.sklearn.ensemble import CLIP
from traindiff.datasets import Dataset
from traindiff.errors import InputError, TrainingError
from traindiff.seeding import derive

RNG = np.random.default_rng(0)
LABELS = np.arange(60) % 3
POINTS = RNG.normal(size=(60, 4)) + LABELS[:, None] * np.array([1.0, -1.0, 0.5, 0.0])
TABLE = Dataset.of(POINTS, LABELS, ["a", "b", "c"], name="table")
IMAGES = Dataset.of(RNG.random((60, 2, 3, 3)), LABELS, ["a", "b", "c"], name="images")
PRICES = Dataset.of(POINTS, POINTS @ [1, 2, 3, 4], name="prices")
TEXTS = Dataset.of(["good day", "bad night", "sad night"] * 20, LABELS, ["+", "-", "0"])
MASKS = RNG.random((5, 60)) < 0.5
SEEDS = [11, 22, 33, 44, 55]
MIXED = Dataset(
    name="mixed",
    modality="table",
    inputs=np.column_stack([POINTS[:, 0] * 100, RNG.integers(0, 4, 60), POINTS[:, 1]]),
    labels=LABELS,
    class_names=("a", "b", "c"),
    ids=tuple(map(str, range(60))),
    columns=("size", "town", "weight"),
    categories=(None, ("Bonn", "Oslo", "Rome", "York"), None),
)


PCA_OF_FOUR = make_pipeline(PCA(4), SVC())


def algorithm(estimator, **settings):
    return SklearnAlgorithm(name="A", estimator=estimator, **settings)


def logits_of(estimator, data=TABLE, masks=MASKS, seeds=SEEDS, **settings):
    ensemble = algorithm(estimator, **settings).train(data, masks, seeds, lambda amount: None)
    return ensemble.predict(data.inputs)


def test_follows_the_protocol():
    made: Algorithm = algorithm(LogisticRegression())
    made.check(TABLE)
    ensemble = made.train(TABLE, MASKS, SEEDS, lambda amount: None)
    assert ensemble.arrays() is None
    with pytest.raises(InputError, match="trained again, never restored"):
        made.restore(TABLE, {})


@pytest.mark.parametrize("data", [TABLE, IMAGES], ids=["table", "images"])
def test_equals_the_estimator_fitted_by_hand_on_each_subset(data):
    logits = logits_of(LogisticRegression(C=0.3), data)
    assert logits.shape == (5, 60, 3)
    assert logits.dtype == np.float32
    flat = data.inputs.reshape(60, -1)
    for model, mask in enumerate(MASKS):
        by_hand = LogisticRegression(C=0.3).fit(flat[mask], data.labels[mask])
        expected = np.log(np.maximum(by_hand.predict_proba(flat), CLIP))
        np.testing.assert_allclose(logits[model], expected, rtol=1e-4, atol=1e-5)


def test_regression_equals_the_estimator_fitted_by_hand():
    values = logits_of(Ridge(alpha=2.0), PRICES)
    assert values.shape == (5, 60, 1)
    for model, mask in enumerate(MASKS):
        by_hand = Ridge(alpha=2.0).fit(POINTS[mask], PRICES.labels[mask])
        np.testing.assert_allclose(values[model, :, 0], by_hand.predict(POINTS), rtol=1e-5)


RANDOM = {
    "forest": RandomForestClassifier(n_estimators=5, random_state=0),
    "nested": BaggingClassifier(DecisionTreeClassifier(max_features=1), n_estimators=3),
    "pipeline": make_pipeline(
        PCA(2, svd_solver="randomized"), DecisionTreeClassifier(max_features=1)
    ),
}


@pytest.mark.parametrize("estimator", RANDOM.values(), ids=RANDOM.keys())
def test_order_and_grouping_of_models_make_no_difference(estimator):
    together = logits_of(estimator)
    for order in ([4, 3, 2, 1, 0], [2], [1, 3]):
        apart = logits_of(estimator, masks=MASKS[order], seeds=[SEEDS[i] for i in order])
        np.testing.assert_array_equal(apart, together[order])


@pytest.mark.parametrize("estimator", RANDOM.values(), ids=RANDOM.keys())
def test_the_seed_decides_all_randomness(estimator):
    same_subset = np.repeat(MASKS[:1], 3, axis=0)
    first, again, other = logits_of(estimator, masks=same_subset, seeds=[7, 7, 2**62])
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_nested_seeds_differ():
    ensemble = algorithm(RANDOM["pipeline"]).train(TABLE, MASKS[:1], [5], lambda amount: None)
    params = ensemble.models[0].get_params()
    drawn = [params["pca__random_state"], params["decisiontreeclassifier__random_state"]]
    assert drawn[0] == derive(5, "pca__random_state") % 2**32
    assert drawn[0] != drawn[1]


def test_never_touches_global_randomness_or_the_given_estimator():
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    estimator = RandomForestClassifier(n_estimators=2)
    made = algorithm(estimator)
    made.train(TABLE, MASKS, SEEDS, lambda amount: None)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    assert estimator.random_state is None
    assert not hasattr(estimator, "estimators_")
    estimator.set_params(n_estimators=99)
    assert made.describe()["estimator"]["params"]["n_estimators"] == 2


def test_probabilities_of_zero_are_clipped():
    logits = logits_of(KNeighborsClassifier(1))
    np.testing.assert_allclose(np.unique(logits), [np.log(CLIP), 0], rtol=1e-6)


def without_class(label):
    return MASKS & (label != LABELS)


@pytest.mark.parametrize(
    "estimator", [LogisticRegression(), SVC(), RidgeClassifier()], ids=["proba", "ovr", "ridge"]
)
def test_a_class_the_subset_lacks_gets_the_clip_probability(estimator):
    logits = logits_of(estimator, masks=without_class(1)).astype(float)
    present = np.logaddexp(logits[..., 0], logits[..., 2])
    np.testing.assert_allclose(logits[..., 1] - present, np.log(CLIP), rtol=1e-5)


@pytest.mark.parametrize("estimator", [LogisticRegression(), SVC()], ids=["proba", "decision"])
def test_a_subset_of_one_class_makes_a_constant_model(estimator):
    masks = MASKS & (LABELS == 2)
    expected = np.log([CLIP, CLIP, 1.0])
    logits = logits_of(estimator, masks=masks)
    np.testing.assert_allclose(logits, np.broadcast_to(expected, logits.shape), atol=1e-5)


def test_decision_values_are_logits():
    logits = logits_of(SVC())
    by_hand = SVC().fit(POINTS[MASKS[0]], LABELS[MASKS[0]])
    np.testing.assert_allclose(logits[0], by_hand.decision_function(POINTS), rtol=1e-5)


def test_one_decision_value_makes_two_logits_that_differ_by_it():
    binary = Dataset.of(POINTS, LABELS == 2, name="binary")
    logits = logits_of(RidgeClassifier(), binary)
    by_hand = RidgeClassifier().fit(POINTS[MASKS[0]], binary.labels[MASKS[0]])
    decision = by_hand.decision_function(POINTS)
    np.testing.assert_allclose(logits[0, :, 1] - logits[0, :, 0], decision, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(logits[..., 0], -logits[..., 1])


def encoded_by_hand(standardise=False):
    towns = np.eye(4)[MIXED.inputs[:, 1].astype(int)]
    numbers = MIXED.inputs[:, [0, 2]]
    if standardise:
        numbers = StandardScaler().fit(numbers[MASKS[0]]).transform(numbers)
    return np.column_stack([towns, numbers])


@pytest.mark.parametrize("standardise", [False, True])
def test_categories_are_one_hot_encoded(standardise):
    logits = logits_of(KNeighborsClassifier(3), MIXED, standardise=standardise)
    features = encoded_by_hand(standardise)
    by_hand = KNeighborsClassifier(3).fit(features[MASKS[0]], LABELS[MASKS[0]])
    expected = np.log(np.maximum(by_hand.predict_proba(features), CLIP))
    np.testing.assert_allclose(logits[0], expected, rtol=1e-6)


def test_a_category_the_subset_lacks_is_no_trouble():
    masks = MASKS & (MIXED.inputs[:, 1] != 2)
    assert np.isfinite(logits_of(LogisticRegression(max_iter=2000), MIXED, masks=masks)).all()


def test_pipelines_see_the_table_as_it_is():
    own = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression())
    logits = logits_of(own, MIXED)
    by_hand = own.fit(MIXED.inputs[MASKS[0]], LABELS[MASKS[0]]).predict_proba(MIXED.inputs)
    np.testing.assert_allclose(logits[0], np.log(np.maximum(by_hand, CLIP)), rtol=1e-4, atol=1e-5)


def test_standardising_undoes_a_change_of_unit():
    inches = Dataset.of(POINTS * [1, 1000, 1, 1] + 5, LABELS, ["a", "b", "c"])
    plain = logits_of(SVC(), TABLE, standardise=True)
    np.testing.assert_allclose(logits_of(SVC(), inches, standardise=True), plain, atol=1e-4)
    assert np.abs(logits_of(SVC(), inches) - logits_of(SVC())).max() > 0.1


def test_texts_go_to_the_pipeline_as_str():
    logits = logits_of(make_pipeline(CountVectorizer(), MultinomialNB()), TEXTS)
    np.testing.assert_array_equal(logits[0].argmax(axis=1), LABELS)


def test_says_when_each_model_is_done():
    done = []
    algorithm(LogisticRegression()).train(TABLE, MASKS, SEEDS, done.append)
    assert done == [1] * 5


def test_description_is_json_and_leaves_out_seeds():
    described = algorithm(make_pipeline(PCA(2), RandomForestClassifier(random_state=4))).describe()
    text = json.dumps(described, allow_nan=False)
    assert "RandomForestClassifier" in text
    assert "n_estimators" in text
    assert "random_state" not in text


SETTINGS = {
    "parameter": (LogisticRegression(C=1.0), LogisticRegression(C=2.0), {}),
    "class": (SVC(), KNeighborsClassifier(), {}),
    "nested parameter": (
        make_pipeline(PCA(2), SVC()),
        make_pipeline(PCA(3), SVC()),
        {},
    ),
    "array": (
        MultinomialNB(class_prior=np.array([0.2, 0.3, 0.5])),
        MultinomialNB(class_prior=np.array([0.3, 0.2, 0.5])),
        {},
    ),
    "function": (
        make_pipeline(FunctionTransformer(np.log1p), SVC()),
        make_pipeline(FunctionTransformer(np.exp), SVC()),
        {},
    ),
    "standardise": (SVC(), SVC(), {"standardise": True}),
}


@pytest.mark.parametrize(("one", "other", "settings"), SETTINGS.values(), ids=SETTINGS.keys())
def test_another_setting_is_another_algorithm(one, other, settings):
    assert algorithm(one).describe() == algorithm(one).describe()
    assert algorithm(one).describe() != algorithm(other, **settings).describe()


def test_finds_estimators_by_name():
    made = SklearnAlgorithm.named(
        "sklearn.linear_model.LogisticRegression", name="A", params={"C": 0.1}, standardise=True
    )
    assert made.describe() == algorithm(LogisticRegression(C=0.1), standardise=True).describe()


OWN = """
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
class Own(LogisticRegression):
    pass
def scaled(c=1.0):
    return make_pipeline(StandardScaler(), LogisticRegression(C=c))
def nothing():
    return None
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Write own_model.py into the current directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def write(source=OWN):
        (tmp_path / "own_model.py").write_text(source)
        sys.modules.pop("own_model", None)

    write()
    yield write
    sys.modules.pop("own_model", None)


@pytest.mark.usefixtures("own")
def test_finds_your_own_function_by_name():
    made = SklearnAlgorithm.named("own_model:scaled", name="A", params={"c": 0.5})
    expected = algorithm(make_pipeline(StandardScaler(), LogisticRegression(C=0.5)))
    assert made.describe() == expected.describe()


def test_changed_code_of_your_own_estimator_is_another_algorithm(own):
    before = SklearnAlgorithm.named("own_model.Own", name="A").describe()
    own()
    assert SklearnAlgorithm.named("own_model.Own", name="A").describe() == before
    own(OWN + "\n# changed\n")
    assert SklearnAlgorithm.named("own_model.Own", name="A").describe() != before


NAMES = {
    "no module": ("LogisticRegression", {}, "expected the whole name of an estimator"),
    "unknown class": ("sklearn.svm.SVM", {}, "unknown name 'SVM': did you mean"),
    "unknown module": ("sklearn.svn.SVC", {}, "No module named 'sklearn.svn'"),
    "unknown parameter": ("sklearn.svm.SVC", {"c": 1}, "unknown argument 'c'"),
    "missing parameter": ("sklearn.ensemble.StackingClassifier", {}, "missing .* 'estimators'"),
    "no estimator": ("sklearn.preprocessing.StandardScaler", {}, "found StandardScaler()"),
    "returns nothing": ("own_model:nothing", {}, "expected a scikit-learn classifier or regr"),
}


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(("estimator", "params", "message"), NAMES.values(), ids=NAMES.keys())
def test_refuses_names(estimator, params, message):
    with pytest.raises(InputError, match=message):
        SklearnAlgorithm.named(estimator, name="A", params=params)


ESTIMATORS = {
    "a class": (SVC, {}, "object, found <class"),
    "no estimator": (3, {}, "found 3"),
    "a transformer": (PCA(2), {}, "found PCA"),
    "a standardised pipeline": (make_pipeline(SVC()), {"standardise": True}, "for plain estim"),
    "a function parameter": (
        make_pipeline(FunctionTransformer(lambda x: x), SVC()),
        {},
        "its repr holds a memory address",
    ),
}


@pytest.mark.parametrize(("estimator", "settings", "message"), ESTIMATORS.values(), ids=ESTIMATORS)
def test_refuses_estimators(estimator, settings, message):
    with pytest.raises(InputError, match=message):
        algorithm(estimator, **settings)


def test_refuses_an_estimator_without_a_source_file():
    typed_in = {"__name__": "typed_in"}
    exec("from sklearn.svm import SVC\nclass Own(SVC): pass", typed_in)
    with pytest.raises(InputError, match="Own has no source file"):
        algorithm(typed_in["Own"]())


class Silent(ClassifierMixin, BaseEstimator):
    """A classifier that predicts, but tells no probability."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)


DATA = {
    "regressor for classes": (Ridge(), TABLE, "table needs a classifier with .* found Ridge"),
    "classifier for numbers": (SVC(), PRICES, "prices needs a regressor, found SVC"),
    "classifier without logits": (Silent(), TABLE, "predict_proba or decision_function"),
    "texts without a pipeline": (SVC(), TEXTS, "texts need a Pipeline .*TfidfVectorizer"),
}


@pytest.mark.parametrize(("estimator", "data", "message"), DATA.values(), ids=DATA.keys())
def test_refuses_data(estimator, data, message):
    with pytest.raises(InputError, match=message):
        algorithm(estimator).check(data)
    with pytest.raises(InputError, match=message):
        logits_of(estimator, data)


def test_refuses_masks_that_do_not_fit():
    with pytest.raises(InputError, match=r"\(5, 60\).* found bool of shape \(5, 59\)"):
        logits_of(SVC(), masks=MASKS[:, 1:])
    with pytest.raises(InputError, match="model 2 selects no example"):
        logits_of(SVC(), masks=MASKS & (np.arange(5) != 2)[:, None])


def test_names_the_model_that_can_not_be_fitted():
    subset = np.arange(60) < 3
    logits_of(PCA_OF_FOUR, masks=MASKS)
    masks = np.where((np.arange(5) == 3)[:, None], subset, MASKS)
    with pytest.raises(TrainingError, match=r"A: model 3 of 5 \(seed 44\) can't learn from 3 ex"):
        logits_of(PCA_OF_FOUR, masks=masks)
    with pytest.raises(TrainingError, match=r"model 0 of 5 \(seed 11\) .* 'C' parameter .* Got -1"):
        logits_of(SVC(C=-1))


def test_names_the_model_that_can_not_predict():
    masks = np.where((np.arange(5) == 3)[:, None], np.arange(60) < 3, MASKS)
    with pytest.raises(TrainingError, match=r"A: model 3 of 5 \(seed 44\) can't predict: .* = 9"):
        logits_of(KNeighborsClassifier(9), masks=masks)


def test_refuses_one_against_one_decision_values():
    four = Dataset.of(POINTS, np.arange(60) % 4, list("abcd"))
    with pytest.raises(TrainingError, match="6 values for 4 classes; set decision_function_shape"):
        logits_of(SVC(decision_function_shape="ovo"), four)


class Diverging(RegressorMixin, BaseEstimator):
    """A regressor that predicts ``value`` where ``random_state`` is that of seed 33."""

    def __init__(self, value=np.nan, random_state=None):
        self.value = value
        self.random_state = random_state

    def fit(self, X, y):
        self.fitted_ = True
        return self

    def predict(self, X):
        diverges = self.random_state == derive(33, "random_state") % 2**32
        return np.full(len(X), self.value if diverges else 0.0)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_a_model_that_diverges_says_so_in_its_row_alone(value):
    values = logits_of(Diverging(value), PRICES)
    np.testing.assert_array_equal(np.isfinite(values).all(axis=(1, 2)), np.array(SEEDS) != 33)
    assert not np.isfinite(values[2]).any()


class Unsure(ClassifierMixin, BaseEstimator):
    """A classifier whose every decision is ``value``."""

    def __init__(self, value=np.nan):
        self.value = value

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, X):
        return np.full((len(X), len(self.classes_)), self.value)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_so_does_a_classifier(value):
    four = Dataset.of(POINTS, np.arange(60) % 4, list("abcd"))
    assert not np.isfinite(logits_of(Unsure(value), four)).any(axis=2).all()


@pytest.mark.parametrize("estimator", [LinearRegression(), DecisionTreeRegressor()])
def test_a_subset_of_one_example_is_enough_for_regression(estimator):
    masks = np.eye(5, 60, dtype=bool)
    values = logits_of(estimator, PRICES, masks=masks)
    np.testing.assert_allclose(values[:, :, 0].diagonal(), PRICES.labels[:5], rtol=1e-5)
