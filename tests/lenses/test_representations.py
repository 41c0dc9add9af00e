"""Representations: invariances from measures' metadata, planted differences, modules untouched."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import orthogonal_procrustes, subspace_angles
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from traindiff import InputError
from traindiff.datasets import Dataset
from traindiff.lenses import Representations, Represented, alike, look
from traindiff.lenses.representations import LIKENESSES

N, P = 120, 6
MAPS = {
    "orthogonal": lambda x, rng: x @ np.linalg.qr(rng.normal(size=(P, P)))[0],
    "linear": lambda x, rng: x @ (np.eye(P) + rng.random((P, P))) * np.geomspace(1, 1e-4, P),
    "scale": lambda x, rng: 7.3 * x,
    "translation": lambda x, rng: x + 5 * rng.normal(size=P),
    "permutation": lambda x, rng: x[:, rng.permutation(P)],
}
every_measure = pytest.mark.parametrize("kind", LIKENESSES.values(), ids=LIKENESSES)


def rng(seed=0):
    return np.random.default_rng(seed)


def related(seed):
    x = rng(seed).normal(size=(N, P)) * rng(seed).uniform(0.2, 3, P)
    return x, x @ rng(seed + 1).normal(size=(P, 4)) + 3 * rng(seed + 2).normal(size=(N, 4))


def centred(x):
    return x - x.mean(axis=0)


@every_measure
@pytest.mark.parametrize("change", MAPS)
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 999))
def test_what_a_measure_says_it_cannot_see_changes_nothing(kind, change, seed):
    (x, y), other = related(seed), MAPS[change](related(seed)[0], rng(seed))
    plain, changed = (alike(each, y, measure=kind.name) for each in (x, other))
    if change in kind.invariances:
        assert changed == pytest.approx(plain, abs=1e-9)
        assert alike(y, other, measure=kind.name) == pytest.approx(alike(y, x, measure=kind.name))
    else:
        assert changed != pytest.approx(plain, abs=1e-9)


@every_measure
@given(seed=st.integers(0, 999))
@settings(max_examples=10, deadline=None)
def test_a_rotated_copy_is_the_same_and_nothing_is_more_alike(kind, seed):
    (x, y), turn = related(seed), MAPS["orthogonal"]
    assert alike(x, 3 * turn(x, rng(seed)) + 5, measure=kind.name) == pytest.approx(1)
    assert alike(x, y, measure=kind.name) < 1
    there, back = (alike(*pair, measure=kind.name) for pair in ((x, y), (y, x)))
    assert (there == pytest.approx(back, abs=1e-12)) == kind.symmetric


@pytest.mark.parametrize("name", [kind.name for kind in LIKENESSES.values() if kind.metric])
@given(seed=st.integers(0, 999))
@settings(max_examples=20, deadline=None)
def test_the_angle_of_a_metric_obeys_the_triangle(name, seed):
    x, y, z = rng(seed).normal(size=(3, 30, 5)) @ rng(seed + 1).normal(size=(3, 5, 5))
    xy, yz, xz = (
        np.arccos(min(1, alike(*pair, measure=name))) for pair in ((x, y), (y, z), (x, z))
    )
    assert xz <= xy + yz + 1e-9


def test_cca_agrees_with_the_angles_of_subspaces():
    x, y = related(0)
    cosines = np.cos(subspace_angles(centred(x), centred(y)))
    assert alike(x, y, measure="CCA") == pytest.approx(cosines.mean())
    assert alike(x, y, measure="squared CCA") == pytest.approx((cosines**2).mean())
    assert alike(x, x @ rng().normal(size=(P, P)), measure="PWCCA") == pytest.approx(1)


def test_procrustes_agrees_with_scipy():
    x, y = (centred(each) / np.linalg.norm(centred(each)) for each in related(0))
    padded = np.hstack([y, np.zeros((N, P - y.shape[1]))])
    assert alike(x, y, measure="Procrustes") == pytest.approx(orthogonal_procrustes(x, padded)[1])


def test_both_ckas_agree_with_their_kernels():
    x, y = map(centred, related(0))
    k, m = x @ x.T, y @ y.T
    assert alike(x, y, measure="CKA") == pytest.approx(
        (k * m).sum() / np.linalg.norm(k) / np.linalg.norm(m)
    )

    def hsic(k, m):  # Song et al. 2012, equation 5
        n = len(k)
        k, m = (each - np.diag(np.diag(each)) for each in (k, m))
        one = np.ones(n)
        ends = (one @ k @ one) * (one @ m @ one) / (n - 1) / (n - 2)
        return (np.trace(k @ m) + ends - 2 / (n - 2) * (one @ k @ m @ one)) / n / (n - 3)

    expected = hsic(k, m) / np.sqrt(hsic(k, k) * hsic(m, m))
    assert alike(x, y, measure="unbiased CKA") == pytest.approx(expected)


def test_only_unbiased_cka_is_nothing_where_there_is_nothing():
    pairs = [rng(i).normal(size=(2, 32, 8)) for i in range(100)]
    mean = {name: np.mean([alike(x, y, measure=name) for x, y in pairs]) for name in LIKENESSES}
    assert abs(mean.pop("unbiased CKA")) < 0.02
    assert mean["CKA"] == pytest.approx(0.205, abs=0.02)
    assert min(mean.values()) > 0.15


# --- the lens ------------------------------------------------------------------------------------


def represented(seed, count=5, *, noise=0.3, dimmed=1.0, inputs=100):
    """Two layers of a common cause, turned and scaled by each model as it likes."""
    cause, layers = rng(7).normal(size=(inputs, P)) * [dimmed, 1, 1, 1, 1, 1], {}
    for layer, width in (("first", 5), ("second", P)):
        layers[layer] = [
            cause[:, :width] @ np.linalg.qr(rng((seed, i, width)).normal(size=(width, width)))[0]
            + noise * rng((seed, i)).normal(size=(inputs, width))
            for i in range(count)
        ]
    outputs = rng(seed).normal(size=(count, inputs, 3))
    return Represented(outputs=outputs, layers=layers)


@every_measure
def test_a_feature_that_b_does_not_use_is_found_by_every_measure(kind):
    lens = Representations(measure=kind.name)
    found = look(represented(0), represented(1, dimmed=0.0), lens=lens)
    assert found.p_value == found.smallest_p < 0.05
    assert look(represented(0), represented(2), lens=lens).p_value > 0.05


def test_exhibits_are_layers_beside_their_floor_and_all_layers_beside_bands():
    table, matrix = look(represented(0), represented(1), lens="representations").exhibits
    assert [row[0] for row in table.rows] == ["first", "second"]
    assert all(abs(row[-1]) < 0.1 < 0.5 < row[1] for row in table.rows)
    values, low, high = map(np.array, (matrix.values, matrix.low, matrix.high))
    assert values.shape == low.shape == high.shape == (2, 2)
    assert ((low - 0.02 <= values) & (values <= high + 0.02)).all()
    assert table.rows[0][1] == pytest.approx(values[0, 0])


def test_two_models_have_a_matrix_without_a_band():
    found = look(represented(0, 1), represented(1, 1), lens="representations")
    assert found.p_value is None
    assert found.exhibits[1].low == ()


def test_layers_that_say_nothing_are_left_out_and_named():
    a, b = represented(0), represented(1)
    b.layers["first"][2] = np.ones((100, 5))
    found = look(a, b, lens="representations")
    assert found.exhibits[0].rows[-1] == ("first (left out: constant)", None, None, None, None)
    assert found.exhibits[1].rows == ("second",)


def network(seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))


def test_modules_are_asked_by_layer_and_left_as_they_were():
    inputs = rng().normal(size=(300, 4)).astype(np.float32)
    a, b = ([network(10 * side + i) for i in range(3)] for side in range(2))
    a[0][2].eval()
    before = copy.deepcopy(a[0])
    lens = Representations(layers=("0", "3"))
    table = look(a, b, inputs, lens=lens).exhibits[0]
    assert [row[0] for row in table.rows] == ["0", "3"]
    for part, kept in zip(a[0].modules(), before.modules(), strict=True):
        assert not part._forward_hooks
        assert part.training == kept.training
    copy.deepcopy(a[0])(torch.ones(1, 4)).sum().backward()  # gradients still flow
    expected = [
        np.mean(
            [
                alike(
                    x[0](torch.from_numpy(inputs)).detach(), y[0](torch.from_numpy(inputs)).detach()
                )
                for x in a
                for y in b
            ]
        )
    ]
    assert table.rows[0][1] == pytest.approx(expected[0], abs=1e-5)
    assert len(look(a, b, inputs, lens="representations").exhibits[0].rows) == 4


def test_pipelines_are_asked_by_step_and_callables_by_contract():
    x, y = rng().normal(size=(80, 4)), rng(1).integers(2, size=80)

    class Model:
        def __init__(self, seed):
            self.weights = rng(seed).normal(size=(4, 2))

        def __call__(self, inputs):
            return inputs @ self.weights

        def features(self, inputs, layers):
            return {"standardscaler": inputs * [1, 2, 3, 4]}

    pipes = [
        make_pipeline(StandardScaler(), LogisticRegression()).fit(x[i::3], y[i::3])
        for i in range(3)
    ]
    found = look(pipes, [Model(i) for i in range(3)], x, lens=Representations(measure="CCA"))
    assert found.exhibits[0].rows[0][:2] == ("standardscaler", pytest.approx(1))


def test_other_ids_are_refused():
    names = tuple(map(str, range(100)))
    a, b = represented(0), represented(1)
    with_ids = [Represented(outputs=s.outputs, layers=s.layers, ids=names) for s in (a, b)]
    assert look(*with_ids, lens="representations").p_value > 0.05
    turned = Represented(outputs=b.outputs, layers=b.layers, ids=names[::-1])
    with pytest.raises(InputError, match="ids of A and of B differ"):
        look(with_ids[0], turned, lens="representations")
    data = Dataset.of(rng().normal(size=(100, 2)), [0, 1] * 50, ids=names[::-1])
    with pytest.raises(InputError, match="ids of A and of the data differ"):
        look(*with_ids, data, lens="representations")


@pytest.mark.parametrize(
    ("change", "lens", "message"),
    [
        (lambda s: s.outputs, "representations", "hidden layers, which not all"),
        (lambda s: s, Representations(measure="cka"), "unknown measure 'cka'"),
        (lambda s: s, Representations(layers=("third",)), "no layer 'third'"),
        (
            lambda s: Represented(outputs=s.outputs, layers={"other": s.layers["first"]}),
            "representations",
            "no layer of the same name",
        ),
        (
            lambda s: Represented(outputs=s.outputs, layers={"first": s.layers["first"][:2]}),
            "representations",
            "an array for each of 5 models",
        ),
        (
            lambda s: Represented(
                outputs=s.outputs, layers={"first": [np.nan * v for v in s.layers["first"]]}
            ),
            "representations",
            "NaN or infinity",
        ),
        (
            lambda s: Represented(outputs=s.outputs, layers={"first": [np.ones((100, 2))] * 5}),
            "representations",
            "every layer is the same for all inputs",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(change, lens, message):
    with pytest.raises(InputError, match=message):
        look(represented(0), change(represented(1)), lens=lens)


def test_as_many_features_as_inputs_are_refused_where_they_would_agree_with_anything():
    x, y = rng().normal(size=(2, 10, 5))
    for kind in LIKENESSES.values():
        if kind.by_basis and kind.name != "SVCCA":
            with pytest.raises(InputError, match="spans 5 and 5 dimensions over 10 inputs"):
                alike(x, y, measure=kind.name)
    with pytest.raises(InputError, match="at least 4 inputs"):
        alike(x[:3], y[:3])
    with pytest.raises(InputError, match=r"found \(10, 5\) and \(9, 5\)"):
        alike(x, y[:9])
