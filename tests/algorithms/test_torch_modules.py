import pytest
import torch

from traindiff.algorithms.torch.modules import build, cnn, find_factory, mlp
from traindiff.errors import InputError


def test_mlp_takes_any_shape():
    assert mlp((3, 4, 5), 7, hidden=(6, 5))(torch.zeros(2, 3, 4, 5)).shape == (2, 7)
    assert len(list(mlp((4,), 2, hidden=()).parameters())) == 2


@pytest.mark.parametrize("batch_norm", [False, True])
def test_cnn_takes_images(batch_norm):
    module = cnn((1, 9, 8), 4, channels=(3, 5), hidden=(6,), batch_norm=batch_norm)
    assert module(torch.zeros(2, 1, 9, 8)).shape == (2, 4)


def test_a_factory_is_found_by_path():
    assert find_factory("traindiff.algorithms.torch.modules:cnn") is cnn
    assert isinstance(build(mlp, (4,), 2, {"hidden": (3,)}), torch.nn.Module)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mlp((4,), 2, activation="swish"), "unknown activation"),
        (lambda: cnn((4,), 2), "cnn needs images"),
        (lambda: cnn((1, 3, 3), 2, channels=(4, 4)), "leaves nothing"),
        (
            lambda: cnn((1, 8, 8), 2, channels=(2.5,)),
            "channels must be a whole number of at least 1",
        ),
        (lambda: find_factory("traindiff.errors:__doc__"), "must be a function"),
    ],
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
