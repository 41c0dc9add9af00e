"""What two recipes differ in is told, setting by setting."""

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from traindiff.algorithms.recipe import difference, same_recipe, side_by_side
from traindiff.algorithms.sklearn.algorithm import SklearnAlgorithm
from traindiff.algorithms.torch.algorithm import TorchAlgorithm
from traindiff.pair import Pair


def described(a, b):
    return Pair(a.describe(), b.describe())


def logistic(**params):
    return SklearnAlgorithm(
        name="any", estimator=make_pipeline(StandardScaler(), LogisticRegression(**params))
    )


def test_the_one_setting_that_differs_is_named_with_both_values():
    pair = described(logistic(C=1.0), logistic(C=0.003))
    apart = [setting for setting in side_by_side(pair) if setting.differs]
    assert [setting.name for setting in apart] == ["estimator.steps.logisticregression.C"]
    assert apart[0].values == Pair("1.0", "0.003")
    assert difference(pair) == (
        "A and B differ in estimator.steps.logisticregression.C (1.0 against 0.003)."
    )


def test_every_setting_stands_there_once_whichever_side_comes_first():
    pair = described(TorchAlgorithm(name="a", lr=0.1), TorchAlgorithm(name="b", epochs=3))
    settings = side_by_side(pair)
    turned = side_by_side(Pair(pair.b, pair.a))
    names = [setting.name for setting in settings]
    assert len(set(names)) == len(names)
    assert {"lr", "epochs", "optimizer"} <= set(names)
    assert {(s.name, s.values.a, s.values.b) for s in settings} == {
        (s.name, s.values.b, s.values.a) for s in turned
    }
    assert [s.differs for s in settings] == sorted((s.differs for s in settings), reverse=True)


def test_names_apart_the_same_settings_are_the_same_recipe():
    pair = described(TorchAlgorithm(name="a", lr=0.1), TorchAlgorithm(name="other", lr=0.1))
    assert same_recipe(pair)
    assert "same recipe" in difference(pair)
    assert not any(setting.differs for setting in side_by_side(pair))


def test_a_setting_of_one_recipe_alone_differs():
    (setting,) = side_by_side(Pair({}, {"gamma": None}))
    assert (setting.values.a, setting.differs) == ("–", True)


def test_a_long_list_is_cut():
    pair = Pair({str(i): 0 for i in range(9)}, {str(i): "x" * 99 for i in range(9)})
    assert difference(pair).endswith("and 3 more settings.")
    assert len(difference(pair)) < 400
