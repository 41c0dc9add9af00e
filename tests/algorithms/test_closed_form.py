import dataclasses
import functools

import numpy as np
import pytest
from sklearn.kernel_approximation import RBFSampler
from sklearn.linear_model import Ridge, RidgeClassifier
from tests.algorithms.torch_cases import images, quiet, subsets, table

from traindiff.algorithms.closed_form import algorithm as closed_form
from traindiff.algorithms.closed_form.algorithm import ClosedFormAlgorithm
from traindiff.errors import InputError


def halves(inputs):
    return inputs.reshape(len(inputs), -1)[:, ::2] ** 2


def endless(inputs):
    return np.full((len(inputs), 2), np.inf)


def crooked(inputs):
    return np.zeros((3, 2))


def trained(data, masks, **settings):
    algorithm = ClosedFormAlgorithm(name="A", **{"alpha": 0.3, **settings})
    algorithm.check(data)
    return algorithm.train(data, masks, range(len(masks)), quiet)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("count", [30, 90])
def test_it_equals_a_ridge_classifier(classes, count):
    data = images(count=count, classes=classes)
    masks = subsets(3, count, count // 2)
    logits = trained(data, masks).predict(data.inputs)
    flat = data.inputs.reshape(count, -1).astype(np.float64)
    for model, mask in enumerate(masks):
        refit = RidgeClassifier(alpha=0.3).fit(flat[mask], data.labels[mask])
        decision = refit.decision_function(flat)
        expected = np.stack([-decision, decision], 1) if classes == 2 else decision
        np.testing.assert_allclose(2 * logits[model] - 1, expected, atol=1e-4)


def test_a_regression_equals_ridge():
    data, masks = table(), subsets(3, 60, 30)
    values = trained(data, masks, standardise=True).predict(data.inputs)
    encoded = np.column_stack(
        [data.inputs[:, 0], np.eye(3)[data.inputs[:, 1].astype(int)], data.inputs[:, 2]]
    )
    spread = encoded.std(axis=0)
    encoded = (encoded - encoded.mean(axis=0)) / np.where(spread > 0, spread, 1)
    refit = Ridge(alpha=0.3).fit(encoded[masks[1]], data.labels[masks[1]])
    np.testing.assert_allclose(values[1, :, 0], refit.predict(encoded), rtol=1e-4)


def test_random_features_are_those_of_scikit_learn():
    data, masks = images(), subsets(2, 40, 20)
    ensemble = trained(data, masks, features="random", arguments={"columns": 30, "gamma": 0.1})
    flat = data.inputs.reshape(40, -1)
    features = RBFSampler(n_components=30, gamma=0.1, random_state=0).fit_transform(flat)
    refit = RidgeClassifier(alpha=0.3).fit(features[masks[0]], data.labels[masks[0]])
    expected = refit.decision_function(features)
    np.testing.assert_allclose(2 * ensemble.predict(data.inputs)[0] - 1, expected, atol=1e-4)


def test_a_class_that_a_subset_lacks_is_never_likely():
    data = images(classes=3)
    mask = (data.labels != 2)[None]
    logits = trained(data, mask).predict(data.inputs)
    np.testing.assert_allclose(logits[0, :, 2], 0, atol=1e-5)


def test_the_whole_training_set_may_be_the_subset():
    data = images()
    logits = trained(data, np.ones((1, 40), dtype=bool)).predict(data.inputs)
    flat = data.inputs.reshape(40, -1).astype(np.float64)
    refit = RidgeClassifier(alpha=0.3).fit(flat, data.labels)
    np.testing.assert_allclose(2 * logits[0] - 1, refit.decision_function(flat), atol=1e-4)


def test_a_model_does_not_depend_on_its_company():
    data, masks = images(), subsets(6, 40, 20)
    together = trained(data, masks).predict(data.inputs)
    apart = trained(data, masks[3:4]).predict(data.inputs)
    np.testing.assert_allclose(together[3:4], apart, atol=1e-6)


def test_own_features_and_arrays_that_restore():
    data, masks = images(), subsets(3, 40, 20)
    path = f"{__name__}:halves"
    ensemble = trained(data, masks, features=path)
    algorithm = ClosedFormAlgorithm(name="A", features=halves, alpha=0.3)
    restored = algorithm.restore(data, ensemble.arrays())
    np.testing.assert_array_equal(restored.predict(data.inputs), ensemble.predict(data.inputs))


def test_describe_tells_settings_apart():
    described = [
        ClosedFormAlgorithm(name="A", **changes).describe()
        for changes in (
            {},
            {"alpha": 2.0},
            {"standardise": True},
            {"features": "random"},
            {"features": "random", "arguments": {"gamma": 2.0}},
            {"features": halves},
            {"features": endless},
        )
    ]
    assert all(a != b for i, a in enumerate(described) for b in described[:i])


def powers(inputs, power):
    return inputs.reshape(len(inputs), -1) ** power


def test_features_that_settings_do_not_tell_apart_need_a_version():
    data, masks = images(), subsets(2, 40, 20)
    square, cube = (functools.partial(powers, power=power) for power in (2, 3))
    with pytest.raises(InputError, match=r"features functools\.partial.*or give a version"):
        ClosedFormAlgorithm(name="A", features=square)
    with pytest.raises(InputError, match="or give a version"):
        ClosedFormAlgorithm(name="A", features=lambda inputs: powers(inputs, 2))
    squared = trained(data, masks, features=square, version="2").predict(data.inputs)
    cubed = trained(data, masks, features=cube, version="3").predict(data.inputs)
    by_argument = trained(data, masks, features=powers, arguments={"power": 3})
    assert not np.allclose(squared, cubed, atol=1e-3)
    np.testing.assert_array_equal(cubed, by_argument.predict(data.inputs))


CALLS = []


def counted(inputs, power=1):
    CALLS.append(len(inputs))
    return powers(inputs, power)


def test_features_are_computed_once_however_many_chunks_ask_for_them():
    CALLS.clear()
    data, masks, targets = images(), subsets(6, 40, 20), images(count=25, seed=1).inputs
    algorithm = ClosedFormAlgorithm(name="A", features=counted, alpha=0.3)
    algorithm.check(data)
    ensembles = [algorithm.train(data, masks[i : i + 2], range(2), quiet) for i in (0, 2, 4)]
    outputs = np.concatenate([ensemble.predict(targets) for ensemble in ensembles])
    restored = algorithm.restore(data, ensembles[0].arrays())
    np.testing.assert_array_equal(restored.predict(targets.copy()), outputs[:2])
    assert CALLS == [40, 25]
    whole = trained(data, masks, features=powers, arguments={"power": 1}).predict(targets)
    np.testing.assert_allclose(outputs, whole, atol=1e-6)
    other = targets + 0.25
    expected = trained(data, masks, features=powers, arguments={"power": 1}).predict(other)
    np.testing.assert_allclose(ensembles[2].predict(other), expected[4:], atol=1e-6)
    assert CALLS == [40, 25, 25]
    ClosedFormAlgorithm(name="A", features=counted, arguments={"power": 2}).check(data)
    assert CALLS == [40, 25, 25, 40]


def test_few_features_are_kept():
    CALLS.clear()
    algorithm = ClosedFormAlgorithm(name="A", features=counted)
    for seed in [*range(6), 5, 0]:
        algorithm.check(images(seed=seed))
    assert CALLS == [40] * 7


def test_texts_may_have_features():
    words = np.array(["sun", "a longer text", "rain", ""], dtype=object)
    data = dataclasses.replace(
        images(count=4), modality="text", inputs=words, columns=(), categories=()
    )
    masks = np.array([[True, True, True, False]])
    ensemble = trained(data, masks, features=lengths)
    assert ensemble.predict(words).shape == (1, 4, 3)
    other = np.array(["sun", "a longer text", "rain", "!" * 50], dtype=object)
    assert not np.allclose(ensemble.predict(words), ensemble.predict(other))


def lengths(inputs):
    return np.array([[len(text), text.count(" ")] for text in inputs], dtype=float)


def test_subsets_of_nearly_one_size_share_what_is_computed():
    closed_form._shared.cache_clear()
    data, algorithm = images(count=90), ClosedFormAlgorithm(name="A", alpha=0.3)
    sizes = np.array([47, 49, 48, 48, 47, 49, 49, 49, 47])
    masks = np.concatenate([subsets(1, 90, size, seed=i) for i, size in enumerate(sizes)])
    chunks = [slice(0, 3), slice(3, 6), slice(6, 9)]
    logits = [
        algorithm.train(data, masks[chunk], range(3), quiet).predict(data.inputs)
        for chunk in chunks
    ]
    assert closed_form._shared.cache_info().misses == 1
    for chunk, together in zip(chunks, logits, strict=True):
        alone = algorithm.train(data, masks[chunk][:1], [0], quiet).predict(data.inputs)
        np.testing.assert_allclose(together[:1], alone, atol=1e-6)


@pytest.mark.parametrize(
    ("sizes", "common"),
    [([37, 37], 37), ([500], 500), ([1, 2], 2), ([490, 505, 530], 512), ([30, 31, 33], 32)],
)
def test_a_size_that_subsets_share_is_kept_and_others_are_rounded(sizes, common):
    assert closed_form._common_size(np.array(sizes)) == common


def test_a_version_makes_another_algorithm():
    plain, other = (
        ClosedFormAlgorithm(name="A", version=version).describe() for version in (None, "2")
    )
    assert "version" not in plain
    assert other == {**plain, "version": "2"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"alpha": 0}, "alpha must be a positive number"),
        ({"alpha": float("nan")}, "alpha must be a positive number"),
        ({"features": "fourier"}, "features 'fourier' are unknown"),
        ({"features": "traindiff.errors:__doc__"}, "must be a function"),
        ({"features": endless}, "NaN or infinite"),
        ({"features": crooked}, "features must be numbers of shape"),
        ({"features": "random", "arguments": {"sigma": 1}}, "sigma"),
    ],
)
def test_bad_settings_are_refused(changes, message):
    with pytest.raises(InputError, match=message):
        ClosedFormAlgorithm(name="A", **changes).check(images())


def test_texts_are_refused():
    data = dataclasses.replace(images(), modality="text", inputs=np.array(["word"] * 40))
    with pytest.raises(InputError, match="found texts"):
        ClosedFormAlgorithm(name="A").check(data)
