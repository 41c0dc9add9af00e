import numpy as np
import pytest
from grouping_cases import planted_scores, table
from sklearn.metrics import adjusted_rand_score

from traindiff import InputError, Outputs
from traindiff.grouping.attributions import FromAttributions
from traindiff.grouping.coordinates import Coordinates
from traindiff.grouping.fits import fitted_differently
from traindiff.grouping.pilot import FromPilot
from traindiff.pair import Pair


def proposed(scores, count=16, seed=0, **settings):
    train = table(np.zeros(scores.a.shape[-1], int))
    grouping = FromAttributions(scores=scores, coordinates=Coordinates(**settings))
    return grouping.propose(train, count=count, seed=seed)


def purity(members, carriers):
    """Share of the carriers' variance that lies between groups."""
    sizes = np.bincount(members)
    means = np.bincount(members, carriers) / sizes
    return (sizes * (means - carriers.mean()) ** 2).sum() / (len(carriers) * carriers.var())


def test_what_one_side_alone_uses_is_in_groups_of_its_own():
    scores, own = planted_scores()
    assert purity(proposed(scores).groups.members, own) > 0.95


def test_two_sets_of_checkpoints_propose_nearly_the_same_groups():
    rng = np.random.default_rng(1)
    mean, _ = planted_scores(noise=0)
    noisy = [mean.map(lambda side: side + 0.3 * rng.normal(size=side.shape)) for _ in range(2)]
    one, other = (proposed(scores, count=10).groups.members for scores in noisy)
    assert adjusted_rand_score(one, other) > 0.9


def test_a_checkpoints_unit_and_an_examples_influence_change_no_group():
    scores, _ = planted_scores()
    units = np.geomspace(1, 1e6, len(scores.a))[:, None, None]
    one, other = proposed(scores), proposed(scores.map(lambda side: side * units))
    np.testing.assert_array_equal(one.groups.members, other.groups.members)


def test_examples_of_one_kind_are_together_however_much_they_do():
    scores, _ = planted_scores(own=0, noise=0.1)
    strengths = np.random.default_rng(2).lognormal(0, 1.5, size=120)
    members = proposed(scores.map(lambda side: side * strengths), count=5).groups.members
    assert adjusted_rand_score(members, np.arange(120) % 5) > 0.9


def test_influence_puts_those_that_a_alone_uses_first():
    scores, own = planted_scores()
    found = proposed(scores, own=1)
    pattern = (scores.a - scores.b).mean(0)[:, own].mean(axis=1)
    along = found.influence.along(pattern)
    assert along[own].min() > along[~own].max()
    group = int(found.groups.members[0])
    assert along[found.members(group, pattern)[0]] == along[found.groups.members == group].max()
    assert along[found.members(group, -pattern)[0]] == along[found.groups.members == group].max()


def test_the_same_seed_gives_the_same_groups():
    scores, _ = planted_scores()
    one, other = proposed(scores), proposed(scores)
    assert one.groups.fingerprint == other.groups.fingerprint


def fits(noisy, boost=6.0):
    """Five checkpoints' outputs on 120 training examples, of which A alone fits some."""
    rng = np.random.default_rng(3)
    common = rng.normal(5, 1, size=120)
    a = common + 0.3 * rng.normal(size=(5, 120))
    return Pair(a, common - boost * noisy + 0.3 * rng.normal(size=(5, 120)) + 40)


def test_examples_that_one_side_alone_fits_are_apart_whatever_they_do_to_targets():
    scores, _ = planted_scores()
    noisy = np.random.default_rng(4).permutation(120) < 10
    train = table(np.zeros(120, int))
    found = FromAttributions(scores=scores, fits=fits(noisy)).propose(train, count=16, seed=0)
    assert purity(found.groups.members, noisy) > 0.9
    assert purity(proposed(scores).groups.members, noisy) < 0.3


def test_that_one_side_is_more_confident_everywhere_sets_nobody_apart():
    assert np.count_nonzero(fitted_differently(fits(np.zeros(120)))) < 12


def test_fits_of_other_data_or_not_finite_are_refused():
    scores, _ = planted_scores()
    train, short = table(np.zeros(120, int)), Pair(np.zeros((5, 100)), np.zeros((5, 100)))
    with pytest.raises(InputError, match=r"fits are of 100 .* the data has 120"):
        FromAttributions(scores=scores, fits=short).propose(train, count=16, seed=0)
    with pytest.raises(InputError, match=r"\(5, 100\) and \(5, 120\)"):
        fitted_differently(Pair(np.zeros((5, 100)), np.zeros((5, 120))))
    with pytest.raises(InputError, match="A's fits hold NaN"):
        fitted_differently(Pair(np.full((5, 3), np.nan), np.zeros((5, 3))))


def broken(change):
    scores, _ = planted_scores()
    a = scores.a.copy()
    return Pair(change(a), scores.b)


def put(scores, value):
    scores[0] = value
    return scores


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (broken(lambda a: put(a, 0.0)), "A's scores are one number"),
        (broken(lambda a: put(a, 3.0)), "A's scores are one number"),
        (broken(lambda a: put(a, np.nan)), "A's scores hold NaN"),
        (broken(lambda a: a[:, :7]), r"A's scores are \(7, 120\).*B's \(20, 120\)"),
        (broken(lambda a: a[0]), r"\[checkpoints, targets, train\]"),
        (broken(lambda a: a[:1]), "at least 2 checkpoints"),
        (planted_scores()[0].map(lambda s: np.repeat(s[:1], 3, axis=0)), "equal scores"),
    ],
)
def test_scores_that_say_nothing_are_refused(scores, message):
    with pytest.raises(InputError, match=message):
        proposed(scores)


def test_scores_of_other_data_are_refused():
    scores, _ = planted_scores()
    with pytest.raises(InputError, match=r"scores are of 120 .* the data has 100"):
        FromAttributions(scores=scores).propose(table(np.zeros(100, int)), count=16, seed=0)


def pilot(weights, noise, seed):
    rng = np.random.default_rng(seed)
    masks = rng.permuted(np.tile([True, False], (400, weights.shape[1] // 2)), axis=1)
    return Outputs(masks=masks, values=masks @ weights.T + noise * rng.normal(size=(400, 20)))


def test_a_pilot_finds_the_groups_that_attributions_would():
    scores, own = planted_scores(noise=0, checkpoints=1)
    sides = Pair(pilot(scores.a[0], 0.1, 1), pilot(scores.b[0], 0.1, 2))
    train = table(np.zeros(120, int))
    members = FromPilot(outputs=sides).propose(train, count=16, seed=0).groups.members
    assert purity(members, own) > 0.6  # groups at random: 0.13


def test_a_pilot_of_other_data_or_of_few_models_is_refused():
    sides = Pair(pilot(np.ones((20, 40)), 1, 1), pilot(np.ones((20, 40)), 1, 2))
    with pytest.raises(InputError, match="A's pilot is of 40"):
        FromPilot(outputs=sides).propose(table(np.zeros(50, int)), count=8, seed=0)
    few = sides.map(lambda side: side.take(slice(0, 30)))
    with pytest.raises(InputError, match="A's pilot models must be at least 40"):
        FromPilot(outputs=few).propose(table(np.zeros(40, int)), count=8, seed=0)
