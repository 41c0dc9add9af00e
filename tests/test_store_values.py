"""What a stage found is read back equal to the bit, and nothing else is made of it."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from traindiff.datamodels.base import Quality
from traindiff.datamodels.curve import LearningCurve
from traindiff.errors import StoreError
from traindiff.pair import Pair
from traindiff.statistics.bootstrap import Interval
from traindiff.store.values import DOCUMENT, from_arrays, to_arrays


def curve(seed):
    rng = np.random.default_rng(seed)
    quality = Quality(
        per_target=rng.normal(size=7),
        mean=0.1 + 0.2,
        quartiles=(0.25, 1 / 3, 1.0),
        interval=(-0.0, float(np.nextafter(1, 2))),
        n_models=12,
    )
    return LearningCurve(sizes=np.array([3, 9]), qualities=(quality,), limit=0.5, half=np.inf)


def assert_same(one, other):
    assert type(one) is type(other)
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    elif hasattr(one, "__dict__"):
        for name, value in vars(one).items():
            assert_same(value, vars(other)[name])
    elif isinstance(one, tuple | list):
        for left, right in zip(one, other, strict=True):
            assert_same(left, right)
    else:
        assert repr(one) == repr(other)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        -np.inf,
        np.float32(0.1),
        (1, [True, 0.1], {"a": (None,), "b": Pair(1, np.zeros((0, 3), np.float32))}),
        Pair(curve(0), curve(1)),
        Interval(mean=0.1, low=-0.3, high=0.2),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_is_read_back_to_the_bit(value):
    assert_same(from_arrays(to_arrays(value)), value)


def test_what_is_not_ours_is_not_kept():
    @dataclass(frozen=True)
    class Foreign:
        text: str

    with pytest.raises(AssertionError, match="no value of ours"):
        to_arrays(Foreign("a"))


@pytest.mark.parametrize(
    "document",
    [
        {"class": "os:system", "fields": {"command": "true"}},
        {"class": "traindiff.store.values:import_module", "fields": {"name": "this"}},
        {
            "class": "traindiff.algorithms.torch.algorithm:TorchAlgorithm",
            "fields": {"name": "theirs", "module": "theirs:network", "arguments": {"mapping": []}},
        },
        {"class": "traindiff.pair:Pair", "fields": {"a": 1}},
        {"class": "traindiff.no_such:Pair", "fields": {}},
        {"array": "array-9"},
        {"odd": 1},
        {},
    ],
)
def test_a_forged_document_makes_nothing(document, tmp_path, monkeypatch):
    (tmp_path / "theirs.py").write_text("raise SystemExit('ran')")
    monkeypatch.syspath_prepend(tmp_path)
    arrays = {DOCUMENT: np.frombuffer(json.dumps(document).encode(), dtype=np.uint8)}
    with pytest.raises(StoreError, match="can't be read"):
        from_arrays(arrays)
