import tracemalloc

import numpy as np
import pytest
from planted_cases import plant

from traindiff.datamodels import lockstep
from traindiff.datamodels.design import Design
from traindiff.datamodels.lasso import lasso_path
from traindiff.datamodels.lockstep import Lockstep
from traindiff.datamodels.path import PathSettings

FIT, CHOICE = slice(0, 240), slice(240, 300)
SHARED, LOCKSTEP = PathSettings(tolerance=1e-4), PathSettings(tolerance=1e-4, memory=1)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n", [60, 400])
def test_without_a_gram_matrix_the_solution_is_the_same(n, weighted):
    data = plant(n=n, targets=10)
    shares = np.random.default_rng(0).random(240)
    design = Design.of(data.sample(FIT, shares / shares.sum() if weighted else None))
    shared = lasso_path(design, SHARED, choice=data.sample(CHOICE))
    lockstep = lasso_path(design, LOCKSTEP, choice=data.sample(CHOICE))
    np.testing.assert_array_equal(lockstep.chosen, shared.chosen)
    np.testing.assert_array_equal(np.isinf(lockstep.errors), np.isinf(shared.errors))
    np.testing.assert_allclose(lockstep.weights, shared.weights, atol=2e-4)
    assert lockstep.residual.max() < 4e-4


def test_it_follows_given_penalties_to_given_ends_and_skips_constant_targets():
    data = plant(targets=4)
    data.values[:, 1] = 5
    design = Design.of(data.sample())
    last = np.array([0, 9, 3, 12])
    shared = lasso_path(design, SHARED, last=last)
    lockstep = lasso_path(design, LOCKSTEP, last=last)
    np.testing.assert_array_equal(lockstep.chosen, [0, 0, 3, 12])
    np.testing.assert_array_equal(lockstep.chosen, shared.chosen)
    np.testing.assert_allclose(lockstep.weights, shared.weights, atol=2e-4)


def test_only_constant_targets_are_no_work():
    data = plant(targets=2)
    data.values[:] = 5
    assert not lasso_path(Design.of(data.sample()), LOCKSTEP).weights.any()


def test_threads_do_not_change_anything():
    data = plant(targets=9)
    design = Design.of(data.sample(FIT))
    one, three = (
        lasso_path(design, PathSettings(memory=1, threads=threads), choice=data.sample(CHOICE))
        for threads in (1, 3)
    )
    np.testing.assert_array_equal(one.weights, three.weights)


def test_targets_that_wait_for_room_get_the_same_solution(monkeypatch):
    data = plant(n=150, targets=9, relevant=40, r2=0.95)
    design = Design.of(data.sample(FIT))
    started, held = [], []
    start, solve = lockstep._start, Lockstep._solve

    def noting(*given):
        started.append(start(*given))
        return started[-1]

    def measured(solver, live, penalty):
        solve(solver, live, penalty)
        held.append((len(live), sum(one.square.nbytes for one in started)))

    def solved(room):
        started.clear()
        held.clear()
        monkeypatch.setattr(lockstep, "_SQUARES", room)
        path = lasso_path(design, LOCKSTEP, choice=data.sample(CHOICE))
        counts, taken = zip(*held, strict=True)
        return path, set(counts), max(taken)

    monkeypatch.setattr(lockstep, "_start", noting)
    monkeypatch.setattr(Lockstep, "_solve", measured)
    plenty, _, all_at_once = solved(1 << 30)
    little, counts, taken = solved(all_at_once // 4)
    assert {9, 4, 2} <= counts
    assert taken < all_at_once / 2  # a little more than allowed: sets grow within a penalty
    np.testing.assert_array_equal(little.chosen, plenty.chosen)
    np.testing.assert_allclose(little.errors, plenty.errors, rtol=1e-5)
    np.testing.assert_allclose(little.weights, plenty.weights, atol=1e-5)


def test_memory_does_not_hold_the_square_of_the_train_examples():
    data = plant(m=100, n=6000, targets=3)
    design = Design.of(data.sample())
    lasso_path(design, LOCKSTEP, last=np.full(3, 1))  # compiled
    tracemalloc.start()
    lasso_path(design, LOCKSTEP, last=np.full(3, 9))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < design.gram_bytes / 4
