import numpy as np
import pytest
from scipy.stats import fisher_exact, mannwhitneyu

from traindiff.comparison.directions.enrichment import changed_predictions, enrich

RNG = np.random.default_rng(0)
LABELS = np.array([str(i % 10) for i in range(300)], dtype=object)


def test_a_pure_group_is_told_by_its_label():
    group = np.flatnonzero(LABELS == "3")[:12]
    first = enrich({"label": LABELS}, group)[0]
    assert (first.name, first.value, first.here) == ("label", "3", 1.0)
    assert first.elsewhere == pytest.approx(18 / 288)


def test_categories_are_tested_by_fishers_exact_test():
    group = np.r_[np.flatnonzero(LABELS == "3")[:8], np.flatnonzero(LABELS == "4")[:4]]
    found = {each.value: each for each in enrich({"label": LABELS}, group, level=1)}
    table = [[8, 4], [22, 266]]
    assert found["3"].p_value == pytest.approx(fisher_exact(table, alternative="greater").pvalue)


def test_numbers_are_tested_by_mann_and_whitney():
    width = RNG.normal(size=300) + (np.arange(300) < 20)
    (found,) = enrich({"width": width}, np.arange(20))
    assert found.value is None
    assert found.p_value == pytest.approx(mannwhitneyu(width[:20], width[20:]).pvalue)
    assert found.here == pytest.approx(np.median(width[:20]))
    assert found.here > found.elsewhere


def test_random_groups_share_nothing():
    # 200 random groups and 11 tests each, corrected to 5% a group: 3 standard errors allowed.
    properties = {"label": LABELS, "width": RNG.normal(size=300)}
    told = [bool(enrich(properties, RNG.choice(300, 20, replace=False))) for _ in range(200)]
    assert np.mean(told) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_looking_at_more_properties_costs_more():
    group = np.flatnonzero(LABELS == "3")[:12]
    noise = {f"noise {i}": RNG.normal(size=300) for i in range(50)}
    alone, among = (enrich(p, group)[0] for p in ({"label": LABELS}, {"label": LABELS, **noise}))
    assert alone.p_value == among.p_value
    assert alone.q_value < among.q_value


def test_changed_predictions_are_a_property():
    said_a, said_b = np.zeros((9, 300), int), np.zeros((9, 300), int)
    said_b[:5, :15] = 1  # 5 of 9 models changed their mind
    said_b[:4, 15:] = 1
    changes = changed_predictions(said_a, said_b, ("cat", "dog"))
    assert set(changes[:15]) == {"cat → dog"}
    assert set(changes[15:]) == {"as before"}
    (found,) = enrich({"prediction": changes}, np.arange(12))
    assert (found.value, found.here) == ("cat → dog", 1.0)


@pytest.mark.parametrize("group", [np.arange(0), np.arange(300)])
def test_no_group_and_everybody_share_nothing(group):
    assert enrich({"label": LABELS}, group) == ()


def test_what_tells_nothing_is_passed_over():
    properties = {
        "id": np.array([f"row {i}" for i in range(300)], dtype=object),
        "one": np.full(300, "same", dtype=object),
        "flat": np.zeros(300),
        "missing": np.full(300, np.nan),
    }
    assert enrich(properties, np.arange(20), level=1) == ()
    assert enrich({}, np.arange(0)) == ()


def test_missing_numbers_are_left_out():
    width = np.where(np.arange(300) < 20, 5.0, 0.0) + RNG.normal(size=300)
    width[::7] = np.nan
    (found,) = enrich({"width": width}, np.arange(20))
    assert found.here == pytest.approx(np.nanmedian(width[:20]))
