import numpy as np
import pytest

import traindiff as td
from traindiff import InputError, seeding

T, N = 10, 30
MIXING = seeding.stream(0, "mixing").normal(size=(3, T, 1))


def draw(rng, use, count, noise=1.0):
    joint = np.einsum("kto,ckn->ctn", MIXING, rng.normal(size=(count, 3, N)))
    own = rng.normal(size=(count, T, N))
    return use + noise * (np.sqrt(0.5 / 3) * joint + np.sqrt(0.5) * own)


def epochs(rng, use, count):
    """One run, whose scores move a little from epoch to epoch."""
    steps = 0.3 * draw(rng, 0, count)
    return draw(rng, use, 1) + steps.cumsum(axis=0)


def significant(sizes, noise, runs, extra=0.0):
    count = 0
    for run in range(runs):
        rng = seeding.stream(run, "noise")
        use = rng.normal(size=(T, N))
        only_a = extra * np.outer(np.arange(T) < 4, np.arange(N) < 6)
        sides = draw(rng, use + only_a, sizes[0], noise[0]), draw(rng, use, sizes[1], noise[1])
        count += td.compare_checkpoints(*sides, directions=1, permutations=99).p_value <= 0.05
    return count


def test_noisier_checkpoints_are_no_difference():
    # Without studentising, 85% of such pairs were called different.
    assert significant((5, 5), (1.0, 3.0), runs=10) <= 3


def test_with_equal_noise_a_difference_is_found_as_before():
    assert significant((5, 5), (1.0, 1.0), runs=5, extra=1.5) == 5


def test_epochs_of_one_run_are_one_checkpoint():
    rng = seeding.stream(1, "epochs")
    use = rng.normal(size=(T, N))
    a, b = (np.concatenate([epochs(rng, use, 3) for _ in range(4)]) for _ in range(2))
    runs = np.repeat(np.arange(4), 3)
    found = td.compare_checkpoints(a, b, runs_a=runs, runs_b=list("wwwxxxyyyzzz"), directions=1)
    assert tuple(found.n_models) == (4, 4)
    assert found.p_value > 1 / 35
    with pytest.raises(InputError, match="scores_a has 2 checkpoints; at least 3"):
        td.compare_checkpoints(a[:6], b, runs_a=runs[:6])
    with pytest.raises(InputError, match="runs_b must name the run of each of the 12 checkpoints"):
        td.compare_checkpoints(a, b, runs_b=[1, 2])


def test_a_side_that_looks_like_one_run_is_cautioned_about():
    rng = seeding.stream(2, "chain")
    use = rng.normal(size=(T, N))
    found = td.compare_checkpoints(epochs(rng, use, 5), draw(rng, use, 5), directions=1)
    (caution,) = found.cautions
    assert caution.startswith("A's checkpoints")
    assert "runs_a" in caution
    honest = td.compare_checkpoints(draw(rng, use, 5), draw(rng, use, 5), directions=1)
    assert honest.cautions == ()
