from contextlib import contextmanager
from operator import attrgetter

import numpy as np
import pytest
from difference_cases import draw_masks, pair, rank_one, run_noise, shared_weights
from scipy.stats import binom

from traindiff import InputError, Outputs, compare
from traindiff.pair import Pair

QUICK = {"permutations": 99, "directions": 3}


def finite(comparison):
    """Every number of a comparison, none of which may be NaN or infinite."""
    found, test, judged = comparison.found, comparison.test, comparison.judged
    arrays = [found.rows, found.projections, found.singular_values, comparison.similarity]
    arrays += [*found.explained, *judged.strengths, test.p_values]
    arrays += [each for axis in (test.train, test.targets) for each in vars(axis).values()]
    numbers = [test.p_value, test.null_level, *vars(comparison.scales).values()]
    numbers.append(judged.space_agreement)
    figures = [(r.projection_correlation, r.train_overlap) for r in judged.reliability]
    return all(np.isfinite(each).all() for each in (*arrays, *numbers, figures))


def significant_runs(runs, **settings):
    small = {"models": (80, 80), "train": 25, "targets": 12} | settings
    quick = {"permutations": 39, "directions": 1}
    p_values = [compare(*pair(100 + run, **small), **quick).p_value for run in range(runs)]
    return int((np.array(p_values) <= 0.05).sum())


# --- what is planted is found ----------------------------------------------------------------


@pytest.mark.parametrize("side", ["A", "B"])
@pytest.mark.parametrize("paired", [True, False])
def test_a_planted_difference_is_the_first_direction_on_its_side(side, paired):
    planted = rank_one(25, 40, 1.5)
    given = {"planted_a": planted} if side == "A" else {"planted_b": planted}
    found = compare(*pair(0, models=(300, 300), paired=paired, **given), **QUICK)
    assert found.p_value == pytest.approx(0.01)
    assert 0 in found.significant
    assert found.judged.sides[0] == side
    top = found.subpopulation(0, size=8)
    seen = top.positive_train if side == "A" else top.negative_train
    assert set(seen.tolist()) <= set(range(8))
    assert set(found.subpopulation(0, size=5).positive_targets.tolist()) == set(range(5))
    assert np.abs(found.directions[0, :8].sum()) / np.sqrt(8) > 0.8
    assert found.judged.reliability[0].projection_correlation > 0.5
    carrier, other = found.judged.strengths.a[0], found.judged.strengths.b[0]
    if side == "B":
        carrier, other = other, carrier
    assert abs(carrier) > 2 * abs(other)
    assert found.judged.strengths.a[0] > found.judged.strengths.b[0]


@pytest.mark.parametrize("sizes", [(2.5, 1.8), (0.5, 0.5), (0.5, 0.3)])
def test_two_differences_come_out_as_two_directions_on_their_own_sides(sizes):
    # The fixed size of masks spreads a fifth of a block's direction over the other examples.
    only_a, only_b = np.zeros((30, 40)), np.zeros((30, 40))
    only_a[:6, :8], only_b[10:16, 20:28] = sizes
    given = pair(1, models=(600, 600), targets=30, planted_a=only_a, planted_b=only_b, snr=0.7)
    found = compare(*given, **QUICK)
    assert set(found.significant) >= {0, 1}
    assert sorted(found.judged.sides[:2]) == ["A", "B"]
    blocks = {"A": slice(0, 8), "B": slice(20, 28)}
    for k in (0, 1):
        own, other = blocks.pop(found.judged.sides[k]), next(iter(blocks.values()), slice(0, 8))
        assert np.square(found.directions[k, own]).sum() > 0.6
        assert np.square(found.directions[k, other]).sum() < 0.1 or not blocks


def test_a_loud_target_neither_hides_the_others_nor_speaks_for_them():
    # The first target varies 30 times as much as the others; only target 3 differs.
    planted = np.zeros((25, 40))
    planted[3, :6] = 1.5
    a, b = pair(2, models=(300, 300), planted_a=planted)
    loud = np.where(np.arange(25) == 0, 30, 1)
    found = compare(
        *(Outputs(masks=side.masks, values=side.values * loud) for side in (a, b)), **QUICK
    )
    assert found.p_value <= 0.05
    assert np.flatnonzero(found.target_q_values <= 0.05).tolist() == [3]


def test_examples_used_alike_stay_out_although_a_fixed_size_ties_all_weights():
    # A uses 12 of 40 examples; subsets of one size lower its weights of all others by 12/40 of it.
    planted = np.zeros((25, 40))
    planted[:12, :12] = 0.5
    found = compare(*pair(3, models=(900, 900), snr=0.7, planted_a=planted), **QUICK)
    called = np.flatnonzero(found.train_q_values <= 0.05)
    assert set(called.tolist()) >= set(range(12))
    assert len(called) <= 13


def test_one_difference_is_rarely_called_two():
    # 40 runs at 5%: more than 6 in one of 1,000 benchmarks.
    planted = rank_one(12, 25, 1.2)
    small = {"models": (100, 100), "targets": 12, "train": 25, "planted_a": planted}
    found = [compare(*pair(200 + run, **small), permutations=39, directions=2) for run in range(40)]
    assert np.mean([0 in each.significant for each in found]) > 0.8
    assert np.sum([1 in each.significant for each in found]) <= binom.ppf(0.999, 40, 0.05)


def test_the_singular_value_of_a_planted_difference_is_its_predicted_signal_to_noise():
    # Without shared signal and with white noise of variance 1, s = 1 and no shrinkage, the planted
    # block u vᵀ has singular value |u| |v| / sqrt(2 · 4/m) after whitening, to which noise adds in
    # quadrature about sqrt((σ² + n)(σ² + T)) / σ (Benaych-Georges & Nadakuditi 2012). 10 draws;
    # relative standard error 1.5%.
    ratios = []
    for run in range(10):
        rng = np.random.default_rng(run)
        masks = draw_masks(400, 40, rng)
        planted = rank_one(20, 40, 1.0)
        a = Outputs(masks=masks, values=masks @ planted.T + rng.normal(size=(400, 20)))
        b = Outputs(masks=masks, values=rng.normal(size=(400, 20)))
        block = planted - planted.mean(axis=1, keepdims=True) * 40 / 39
        signal = np.linalg.norm(block, 2) / np.sqrt(2 * 4 / 400)
        # The planted rows add their own spread over masks to the noise of the first four targets.
        inflation = 1 + np.square(planted[0] - planted[0].mean()).sum() / 4 / 2
        signal /= np.sqrt(1 + 4 * (inflation - 1))
        expected = np.sqrt((signal**2 + 40) * (signal**2 + 20)) / signal
        found = compare(a, b, permutations=19, directions=1, shrinkage=0.0)
        ratios.append(found.found.singular_values[0] / expected)
    assert np.mean(ratios) == pytest.approx(1, abs=0.12)


def test_one_example_used_differently_is_found_on_the_train_axis():
    planted = np.zeros((25, 40))
    planted[:, 7] = np.random.default_rng(0).normal(size=25)
    found = compare(*pair(2, models=(300, 300), planted_a=planted), **QUICK)
    assert found.train_q_values[7] <= 0.05
    assert found.test.train.statistics.argmax() == 7
    assert (found.train_q_values <= 0.05).sum() <= 3


def test_one_target_explained_differently_is_found_on_the_targets_axis():
    planted = np.zeros((25, 40))
    planted[11] = np.random.default_rng(0).normal(size=40)
    found = compare(*pair(3, models=(300, 300), planted_a=planted), **QUICK)
    assert found.target_q_values[11] <= 0.05
    assert found.test.targets.statistics.argmax() == 11


# --- no difference, no finding ---------------------------------------------------------------

# At a true rate of 5%, more than 9 of 60 runs have probability 0.001, more than 5 of 20 0.0003: the
# error rates of the tests below.
NULLS = {
    "B merely scaled": {"scale_b": 1.7},
    "B noisier": {"noise_b": 2.0},
    "strong signal, B noisier": {"snr": 3.0, "noise_b": 2.0},
    "weak signal": {"snr": 0.3},
    "unpaired": {"paired": False},
    "other numbers of models": {"paired": False, "models": (40, 160)},
    "more targets than models": {"models": (30, 30), "targets": 60},
}


def test_a_against_a_is_rarely_significant():
    assert binom.sf(9, 60, 0.05) < 0.0015
    assert significant_runs(60) <= 9


@pytest.mark.parametrize("settings", NULLS.values(), ids=NULLS)
def test_what_is_not_a_difference_in_use_is_rarely_significant(settings):
    assert binom.sf(5, 20, 0.05) < 0.0005
    assert significant_runs(20, **settings) <= 5


def test_identical_outputs_give_p_1():
    a, _ = pair(0)
    for b in (a, Outputs(masks=a.masks, values=1.7 * a.values)):
        found = compare(a, b, **QUICK)
        assert found.p_value == 1.0
        assert found.significant == ()
        assert (found.train_q_values == 1).all()
        assert (found.target_q_values == 1).all()
        assert finite(found)


# --- what may not matter ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def planted():
    a, b = pair(4, models=(150, 150), planted_a=rank_one(25, 40, 1.0))
    return a, b, compare(a, b, **QUICK)


def relabelled(outputs, models=slice(None), train=slice(None), targets=slice(None)):
    return Outputs(masks=outputs.masks[models][:, train], values=outputs.values[models][:, targets])


def assert_same(found, expected, *, train=slice(None), targets=slice(None)):
    assert found.p_value == pytest.approx(expected.p_value, abs=0.011)
    np.testing.assert_allclose(
        found.found.singular_values, expected.found.singular_values, rtol=2e-3
    )
    np.testing.assert_allclose(found.directions[0], expected.directions[0, train], atol=5e-3)
    np.testing.assert_allclose(found.projections[:, 0], expected.projections[targets, 0], atol=2e-2)
    np.testing.assert_allclose(
        found.test.train.statistics, expected.test.train.statistics[train], rtol=5e-3
    )
    np.testing.assert_allclose(
        found.test.targets.statistics, expected.test.targets.statistics[targets], rtol=5e-3
    )


def test_names_of_targets_do_not_matter(planted):
    a, b, expected = planted
    order = np.random.default_rng(0).permutation(25)
    found = compare(relabelled(a, targets=order), relabelled(b, targets=order), **QUICK)
    assert_same(found, expected, targets=order)


def test_names_of_training_examples_do_not_matter(planted):
    a, b, expected = planted
    order = np.random.default_rng(0).permutation(40)
    found = compare(relabelled(a, train=order), relabelled(b, train=order), **QUICK)
    assert_same(found, expected, train=order)


def test_the_order_of_models_does_not_matter(planted):
    # It names the permutations, so p-values may move within their simulation error.
    a, b, expected = planted
    order = np.random.default_rng(0).permutation(150)
    found = compare(relabelled(a, models=order), relabelled(b, models=order), **QUICK)
    assert found.p_value == pytest.approx(expected.p_value, abs=0.05)
    assert found.scales.shown == pytest.approx(expected.scales.shown, rel=1e-3)
    assert abs(found.directions[0] @ expected.directions[0]) > 0.98


def test_units_and_origin_of_outputs_do_not_matter(planted):
    a, b, expected = planted
    offset = np.linspace(-5, 5, 25)
    scaled = [Outputs(masks=side.masks, values=8 * side.values + offset) for side in (a, b)]
    found = compare(*scaled, **QUICK)
    assert found.p_value == pytest.approx(expected.p_value, abs=0.011)
    np.testing.assert_allclose(
        found.found.singular_values, expected.found.singular_values, rtol=1e-3
    )
    np.testing.assert_allclose(found.directions[0], expected.directions[0], atol=1e-3)
    np.testing.assert_allclose(found.projections, 8 * expected.projections, atol=0.1)
    np.testing.assert_allclose(found.found.explained.a, expected.found.explained.a, atol=1e-3)


def test_swapping_a_and_b_mirrors_the_answer(planted):
    a, b, expected = planted
    found = compare(b, a, **QUICK)
    assert found.p_value == pytest.approx(expected.p_value, abs=0.011)
    assert found.scales.shown == pytest.approx(1 / expected.scales.shown, rel=1e-3)
    np.testing.assert_allclose(
        found.found.singular_values, expected.found.singular_values, rtol=2e-3
    )
    np.testing.assert_allclose(found.directions[0], -expected.directions[0], atol=5e-3)
    assert (expected.judged.sides[0], found.judged.sides[0]) == ("A", "B")
    np.testing.assert_allclose(found.found.explained.a[0], expected.found.explained.b[0], atol=5e-3)
    np.testing.assert_allclose(
        found.test.train.statistics, expected.test.train.statistics, rtol=5e-3
    )


def test_the_same_call_gives_the_same_bits(planted):
    a, b, expected = planted
    found = compare(a, b, **QUICK)
    fields = ("p_values", "directions", "projections", "train_q_values", "judged.strengths.a")
    for get in map(attrgetter, fields):
        np.testing.assert_array_equal(get(found), get(expected))


def test_more_directions_do_not_change_the_first(planted):
    a, b, expected = planted
    found = compare(a, b, permutations=99, directions=6)
    np.testing.assert_array_equal(found.directions[:3], expected.directions)
    np.testing.assert_array_equal(found.p_values[:3], expected.p_values)


# --- odd but legal input ---------------------------------------------------------------------


def test_one_target():
    found = compare(*pair(5, targets=1), **QUICK)
    assert finite(found)
    assert found.n_directions == 1
    assert found.directions.shape == (1, 40)


def test_more_targets_than_models():
    found = compare(*pair(6, models=(25, 25), targets=80), **QUICK)
    assert finite(found)
    assert found.projections.shape == (80, 3)


def test_different_numbers_of_models():
    planted = rank_one(25, 40, 2.0)
    found = compare(*pair(7, models=(150, 400), paired=False, planted_a=planted), **QUICK)
    assert found.n_models == Pair(150, 400)
    assert found.paired is False
    assert found.significant[0] == 0
    assert finite(found)


def test_constant_targets_are_excluded_and_counted():
    a, b = pair(8)
    values_a, values_b = a.values.copy(), b.values.copy()
    values_a[:, 3], values_b[:, 9] = 2.5, -1.0
    found = compare(
        Outputs(masks=a.masks, values=values_a), Outputs(masks=b.masks, values=values_b), **QUICK
    )
    assert found.excluded_targets.tolist() == [3, 9]
    assert not found.projections[[3, 9]].any()
    assert (found.target_q_values[[3, 9]] == 1).all()
    assert not found.similarity[[3, 9]].any()
    assert finite(found)


def test_examples_always_or_never_seen_are_excluded_and_counted():
    a, b = pair(9)
    masks = a.masks.copy()
    masks[:, 4], masks[:, 30] = True, False
    found = compare(
        Outputs(masks=masks, values=a.values), Outputs(masks=masks, values=b.values), **QUICK
    )
    assert found.excluded_train.tolist() == [4, 30]
    assert not found.directions[:, [4, 30]].any()
    assert (found.train_q_values[[4, 30]] == 1).all()
    assert finite(found)


def test_half_precision_outputs():
    a, b = pair(10, planted_a=rank_one(25, 40, 2.0))
    halves = [Outputs(masks=s.masks, values=s.values.astype(np.float16)) for s in (a, b)]
    found, expected = compare(*halves, **QUICK), compare(a, b, **QUICK)
    assert finite(found)
    np.testing.assert_allclose(found.directions[0], expected.directions[0], atol=0.01)


def test_huge_and_tiny_outputs():
    a, b = pair(11)
    for factor in (1e-12, 1e12):
        sides = [Outputs(masks=s.masks, values=factor * s.values) for s in (a, b)]
        assert finite(compare(*sides, **QUICK))


def test_a_large_common_offset_does_not_drown_the_differences():
    a, b = pair(12, planted_a=rank_one(25, 40, 2.0))
    sides = [Outputs(masks=s.masks, values=s.values + 1000) for s in (a, b)]
    assert compare(*sides, **QUICK).significant[0] == 0


def test_equal_masks_compared_as_if_independent():
    a, b = pair(13)
    assert compare(a, b, **QUICK).paired is True
    assert compare(a, b, paired=False, **QUICK).paired is False


def test_identical_training_examples_are_not_a_problem():
    a, b = pair(14)
    twins = np.hstack([a.masks, a.masks[:, :5]])
    found = compare(
        Outputs(masks=twins, values=a.values), Outputs(masks=twins, values=b.values), **QUICK
    )
    assert finite(found)


# --- what is said ----------------------------------------------------------------------------


def test_the_p_value_is_the_largest_over_the_scales():
    found = compare(*pair(15), **QUICK)
    assert np.ptp(found.scales.p_values) > 0.02
    assert found.p_value == found.scales.p_values.max()
    assert found.scales.tried.shape == found.scales.p_values.shape
    assert (np.diff(found.scales.tried) > 0).all()
    assert set(found.test.statistics) == {"top direction", "total", "largest example"}


def test_p_values_of_directions_never_decrease(planted):
    *_, found = planted
    assert (np.diff(found.p_values) >= 0).all()


def test_the_frame_has_a_row_a_direction(planted):
    *_, found = planted
    frame = found.to_frame()
    assert len(frame) == 3
    assert frame.loc[0, "side"] == "A"
    assert frame.loc[0, "significant"]
    assert {"p_value", "reliability", "train_overlap", "explained_a"} <= set(frame.columns)


def test_subpopulations_are_ordered_disjoint_and_bounded(planted):
    *_, found = planted
    part = found.subpopulation(0, size=7)
    projections = found.projections[:, 0]
    assert (np.diff(projections[part.positive_targets]) <= 0).all()
    assert (np.diff(projections[part.negative_targets]) >= 0).all()
    assert not set(part.positive_train) & set(part.negative_train)
    assert max(map(len, vars(part).values())) <= 7
    with pytest.raises(InputError, match=r"direction must lie in \[0, 3\)"):
        found.subpopulation(3)
    with pytest.raises(InputError, match="size must be at least 1"):
        found.subpopulation(0, size=0)


def test_enough_models_is_said_when_a_difference_is_seen(planted):
    *_, found = planted
    assert found.test.power.models_needed == 150
    assert "were enough" in found.test.power.message


def test_more_models_are_advised_when_a_difference_is_faint():
    # Of 10 faint differences at 60 models, some are not significant but above noise.
    planted = rank_one(25, 40, 0.3)
    faint = [compare(*pair(r, models=(60, 60), planted_a=planted), **QUICK) for r in range(10)]
    advised = [f for f in faint if f.p_value > 0.05 and f.test.power.models_needed is not None]
    assert advised
    for found in advised:
        assert found.test.power.models_needed >= 60
        assert f"{found.test.power.models_needed:,} models a side" in found.test.power.message


def test_no_number_of_models_is_advised_where_nothing_grows():
    messages = [compare(*pair(run), **QUICK).test.power for run in range(8)]
    assert any(power.models_needed is None for power in messages)
    silent = next(power for power in messages if power.models_needed is None)
    assert "suggests that more would show one" in silent.message


def test_explained_shares_are_those_of_noise_free_datamodels():
    # 2,000 models: the share of A's variance along the planted direction, against the truth.
    rng = np.random.default_rng(0)
    masks = draw_masks(2000, 40, rng)
    weights, planted = shared_weights(25, 40, rng), rank_one(25, 40, 1.5)
    a = masks @ (weights + planted).T + run_noise(2000, 25, rng)
    b = masks @ weights.T + run_noise(2000, 25, rng)
    found = compare(Outputs(masks=masks, values=a), Outputs(masks=masks, values=b), **QUICK)
    own = [side.var(axis=0) / side.var(axis=0).mean() for side in (a, b)]
    spread = np.sqrt(own[0] + own[1])[:, None]  # targets count alike, whatever their spread
    truth = [(w - w.mean(axis=1, keepdims=True)) / spread for w in (weights + planted, weights)]
    for side, each in zip(("a", "b"), truth, strict=True):
        share = np.square(each @ found.directions[0]).sum() / np.square(each).sum()
        assert getattr(found.found.explained, side)[0] == pytest.approx(share, abs=0.05)


def test_progress_is_told_of_every_permutation():
    told = []

    class Meter:
        @contextmanager
        def stage(self, title, total, *, done=0):
            told.append((title, total))
            counted = []
            yield counted.append
            told.append(sum(counted))

    compare(*pair(15), progress=Meter(), **QUICK)
    (title, total), counted = told
    assert title == "permutations"
    assert counted == total


# --- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "settings", "message"),
    [
        ({"train": slice(1, None)}, {}, "A has 40 and B has 39 on the train axis"),
        ({"targets": slice(3, None)}, {}, "A has 25 and B has 22 on the targets axis"),
        ({"models": slice(0, 19)}, {}, "B has 19 models; at least 20"),
        ({}, {"directions": 0}, "directions must be at least 1, found 0"),
        ({}, {"permutations": 18}, "at least 19.*found 18"),
        ({}, {"level": 0.0}, "level must lie between 0 and 1"),
        ({}, {"level": 1.0}, "level must lie between 0 and 1"),
        ({}, {"shrinkage": -0.1}, r"shrinkage must lie in \[0, 1\]"),
        ({}, {"shrinkage": 1.1}, r"shrinkage must lie in \[0, 1\]"),
        ({"models": slice(0, 60)}, {"paired": True}, "60 of 120 models of A and of 60 of B have"),
    ],
)
def test_bad_arguments_are_refused(change, settings, message):
    a, b = pair(16)
    with pytest.raises(InputError, match=message):
        compare(a, relabelled(b, **change), **settings)


def test_outputs_that_never_vary_are_refused():
    a, b = pair(16)
    constant = Outputs(masks=b.masks, values=np.ones_like(b.values))
    with pytest.raises(InputError, match="every target has the same output"):
        compare(a, constant)


def test_masks_that_never_vary_are_refused():
    a, b = pair(16)
    masks = np.repeat(a.masks[:1], 120, axis=0)
    with pytest.raises(InputError, match="40 of 40 training examples"):
        compare(a, Outputs(masks=masks, values=b.values))


def test_many_models_on_few_masks_are_refused():
    a, b = pair(17, paired=False)
    few = np.repeat(a.masks[:15], 8, axis=0)
    with pytest.raises(InputError, match="A has 120 models in 15 blocks of one mask"):
        compare(Outputs(masks=few, values=a.values), b, **QUICK)


def test_masks_of_few_examples_may_repeat_by_chance():
    # Of 6 examples there are 20 halves: 120 models drawn at random can't all differ.
    found = compare(*pair(19, paired=False, train=6), **QUICK)
    assert not found.paired


def test_a_level_that_no_p_value_can_reach_is_refused():
    with pytest.raises(InputError, match=r"at least 999, or no p-value can reach 0\.001"):
        compare(*pair(18), permutations=200, level=0.001)
