import numpy as np
import pytest

from traindiff.comparison.directions.axes import Axes, Space, axes
from traindiff.comparison.directions.refits import Refit, refit
from traindiff.comparison.directions.reliability import (
    measure_reliability,
    measure_space_agreement,
)
from traindiff.comparison.testing.whitened import Whitening
from traindiff.pair import Pair

ROWS, TRAIN = 20, 60
WHITE = Whitening.of(np.eye(ROWS), np.eye(ROWS, dtype=np.float32), scale=1.0, shrinkage=0.0)


def halves_of(signal: np.ndarray, size: int, rank: int, seed: int) -> tuple[list[Refit], Axes]:
    """What two halves of the models find of one difference in white noise, and what all find."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(2, ROWS, TRAIN)).astype(np.float32)
    nothing = np.zeros_like(signal)
    known = axes(Pair(signal + noise.mean(axis=0), nothing), WHITE, Space(rank=rank, size=size))
    return [refit(Pair(signal + each, nothing), known) for each in noise], known


def test_of_equal_singular_values_halves_share_the_space_and_not_its_axes():
    equal = np.zeros((ROWS, TRAIN), np.float32)
    equal[range(4), range(4)] = 40
    found = [halves_of(equal, 4, ROWS, seed) for seed in range(10)]
    axes_agree = [
        min(each.projection_correlation for each in measure_reliability(*halves)[:4])
        for halves, _ in found
    ]
    assert np.median(axes_agree) < 0.5
    assert min(measure_space_agreement(*halves, known) for halves, known in found) > 0.97


@pytest.mark.parametrize(("size", "rank"), [(1, 20), (3, 20), (5, 20), (2, 2), (2, 4), (3, 8)])
def test_spaces_found_in_noise_agree_by_chance_alone(size, rank):
    nothing = np.zeros((ROWS, TRAIN), np.float32)
    found = [halves_of(nothing, size, rank, seed) for seed in range(20)]
    squares = [measure_space_agreement(*halves, known) ** 2 for halves, known in found]
    assert np.mean(squares) < 0.15


def test_one_row_has_one_space():
    line = Whitening.of(np.eye(1), np.eye(1, dtype=np.float32), scale=1.0, shrinkage=0.0)
    fit = Pair(np.ones((1, TRAIN), np.float32), np.zeros((1, TRAIN), np.float32))
    known = axes(fit, line, Space(rank=1, size=1))
    assert measure_space_agreement(refit(fit, known), refit(fit, known), known) == 1.0
