"""What annotations say of arrays holds, and axes of one name have one length."""

from dataclasses import fields, is_dataclass, replace
from types import UnionType
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest
import torch
from jaxtyping import AbstractArray, jaxtyped

import traindiff as td
from traindiff.datamodels.path import Path
from traindiff.datamodels.sample import Sample
from traindiff.outputs import OUTPUT_FUNCTIONS, confidence
from traindiff.training import draw_masks

RNG = np.random.default_rng(0)
TRAIN = td.Dataset.of(RNG.normal(size=(9, 4)).astype(np.float32), [0, 1, 2] * 3)
MASKS = draw_masks(40, 9, 0.5, seed=0)
OUTPUTS = td.Outputs(masks=MASKS, values=MASKS @ RNG.normal(size=(9, 5)))
SAID = replace(
    OUTPUTS,
    predictions=RNG.integers(0, 3, size=(40, 5)),
    confidences=RNG.random((40, 5), dtype=np.float32),
)
GROUPS = td.Groups.of([*"aabbcccaa"])


def arrays_of(hint: Any) -> list[type]:
    each = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    return [one for one in each if isinstance(one, type) and issubclass(one, AbstractArray)]


def disagreements(*values: Any) -> list[str]:
    """Return the fields that are not what their annotation says, axes being shared by all."""
    found = []
    with jaxtyped("context"):
        for value in values:
            hints = get_type_hints(type(value))
            for name in (field.name for field in fields(value)):
                kinds, array = arrays_of(hints[name]), getattr(value, name)
                if kinds and array is not None and not isinstance(array, kinds[0]):
                    found.append(f"{type(value).__name__}.{name}: {array.dtype} {array.shape}")
    return found


@pytest.mark.parametrize("outputs", [OUTPUTS, SAID], ids=["values alone", "with predictions"])
@pytest.mark.parametrize("estimator", ["lasso", "ridge"])
def test_a_fit_keeps_the_axes_of_its_outputs(outputs, estimator):
    datamodels = td.fit_datamodels(outputs, estimator)
    sample = Sample(masks=outputs.masks, values=outputs.values, shares=np.full(40, 1 / 40))
    assert disagreements(outputs, sample, datamodels, datamodels.lds, Path.empty(5, 9, 30)) == []


def test_another_shape_type_or_length_is_seen():
    datamodels = td.fit_datamodels(OUTPUTS, "ridge")
    assert disagreements(replace(datamodels, bias=datamodels.bias[:-1]))
    assert disagreements(replace(datamodels, bias=datamodels.bias.astype(np.float64)))
    assert disagreements(OUTPUTS, Path.empty(5, 8, 30))


def test_data_and_groups_share_their_axis():
    assert is_dataclass(TRAIN)
    assert disagreements(TRAIN) == []
    assert disagreements(OUTPUTS, GROUPS) == []


def returned(function: Any, *arguments: Any, **named: Any) -> bool:
    """Return whether what ``function`` takes and gives is as it says."""
    hints, names = get_type_hints(function), list(get_type_hints(function))
    result = function(*arguments, **named)
    with jaxtyped("context"):
        given = [
            isinstance(value, hints[name])
            for name, value in zip(names, arguments, strict=False)
            if arrays_of(hints[name])
        ]
        return all(given) and isinstance(result, hints["return"])


def test_functions_give_the_axes_they_name():
    logits, labels = RNG.normal(size=(2, 7, 3)).astype(np.float32), RNG.integers(0, 3, 7)
    values = labels.astype(np.float64)
    for name, output in OUTPUT_FUNCTIONS.items():
        assert returned(output, logits, values if name.endswith(("error", "on")) else labels), name
    assert returned(confidence, logits)
    assert returned(draw_masks, 4, 9, 0.5, 0)
    assert returned(GROUPS.expand, np.array([[True, False, True]]))
    assert returned(GROUPS.sums, RNG.normal(size=(2, 5, 9)))


def test_attributions_are_checkpoints_by_targets_by_train():
    from traindiff.attribution.predict import predict

    module, data = torch.nn.Linear(4, 3), (TRAIN, TRAIN.take(np.arange(5)))
    checkpoints = [module.state_dict()] * 2
    assert returned(td.attribute, module, checkpoints, data, method="grad-dot")
    assert returned(predict, module, checkpoints, data)
