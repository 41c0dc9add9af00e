"""The numbers of a report are those of the evidence."""

import json
import tomllib
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import report_cases as cases
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from traindiff.errors import InputError
from traindiff.outputs import Outputs
from traindiff.pair import Pair
from traindiff.report.content.build import build, similarity
from traindiff.report.content.examples import examples
from traindiff.report.render import json as json_

EVERY = {
    "images": cases.full,
    "null": cases.null,
    "table": lambda: cases.full(cases.wine()),
    "text": lambda: cases.full(cases.reviews()),
    "arrays": cases.arrays_only,
    "published": lambda: cases.arrays_only("published"),
}


@pytest.mark.parametrize("kind", EVERY)
def test_every_kind_of_evidence_makes_valid_json(kind):
    document = build(EVERY[kind]())
    read = json.loads(json_.render(document))
    assert read["schema"] == "traindiff-report/2"
    assert read["answer"]["headline"] == document.answer.headline
    assert len(read["examples"]["ids"]) == cases.N_TARGETS


def test_the_two_by_two_adds_up_to_one_and_to_the_accuracies():
    evidence = cases.full()
    found = build(evidence).agreement
    parts = (found.both_right, *found.only_right, found.both_wrong)
    np.testing.assert_allclose(sum(parts), 1, atol=1e-5)
    accuracy = evidence.agreement.target_accuracy.a.mean()
    np.testing.assert_allclose(found.both_right + found.only_right.a, accuracy, atol=1e-5)


@given(arrays.arrays(float, st.integers(1, 60), elements=st.floats(-1, 1, width=32)))
def test_every_target_is_in_the_histogram_once(cosines):
    found = similarity(SimpleNamespace(similarity=cosines, judged=None))
    assert sum(one.count for one in found.bins) == len(cosines)
    assert found.bins[0].low <= cosines.min()
    assert all(a.high == b.low for a, b in zip(found.bins, found.bins[1:], strict=False))


def test_influences_are_the_largest_weights_of_either_sign():
    evidence = cases.full()
    found = examples(evidence).influence.a
    for target in (0, 7, cases.N_TARGETS - 1):
        weights = evidence.findings.datamodels.a.weights[target]
        order = np.argsort(-weights, kind="stable")
        assert found.train[target] == (*order[:5], *order[-5:])
        np.testing.assert_allclose(found.weights[target], weights[list(found.train[target])], 1e-3)


def test_a_zero_datamodel_has_no_influences():
    evidence = cases.full()
    weights = evidence.findings.datamodels.a.weights.copy()
    weights[3] = 0
    datamodels = evidence.findings.datamodels
    datamodels = replace(datamodels, a=replace(datamodels.a, weights=weights))
    zeroed = cases.found(evidence, datamodels=datamodels)
    assert examples(zeroed).influence.a.train[3] == ()


def test_the_training_examples_that_influence_are_named():
    evidence = cases.full()
    found = examples(evidence)
    for index in found.influence.b.train[0]:
        assert found.train_ids[str(index)] == evidence.train.ids[index]


def _fewer_targets():
    whole = cases.digits()
    return replace(whole, targets=whole.targets.take(np.arange(9)))


@pytest.mark.parametrize(
    ("part", "side", "value"),
    [
        ("datamodels", "a", replace(cases.full().findings.datamodels.a, weights=np.zeros((3, 4)))),
        ("outputs", "b", Outputs(masks=np.eye(2), values=np.eye(2))),
    ],
    ids=["datamodels", "outputs"],
)
def test_parts_of_different_studies_are_refused(part, side, value):
    findings = cases.full().findings
    with pytest.raises(InputError, match=rf"{part} of {side.upper()}: \d+ t.* the comparison has"):
        replace(findings, **{part: replace(getattr(findings, part), **{side: value})})


def test_examples_of_another_study_are_refused():
    with pytest.raises(InputError, match="splits: 9 targets"):
        replace(cases.full(), splits=_fewer_targets())


def test_what_is_missing_is_among_what_was_not_tested():
    gaps = " ".join(build(cases.arrays_only()).diagnostics.not_tested)
    for missing in ("directions 1, 2", "itself", "predictions", "datamodels"):
        assert missing in gaps


def test_a_control_that_finds_a_difference_warns():
    assert "distrust" in build(cases.found(cases.full(), control_p_value=0.01)).diagnostics.control
    assert (
        "as it should be"
        in build(cases.found(cases.full(), control_p_value=0.3)).diagnostics.control
    )
    assert build(cases.arrays_only()).diagnostics.control is None


def test_targets_are_counted_by_who_is_mostly_right():
    given = cases.full().agreement
    mostly_a, mostly_b = given.target_accuracy.a > 0.5, given.target_accuracy.b > 0.5
    found = build(cases.full()).agreement
    assert found.mostly_only_right.a == (mostly_a & ~mostly_b).sum() > 0
    assert found.mostly_both_right == (mostly_a & mostly_b).sum()
    counts = (found.mostly_both_right, *found.mostly_only_right, found.mostly_both_wrong)
    assert sum(counts) == cases.N_TARGETS


def test_gains_of_single_targets_and_calibration_are_told():
    given, found = cases.full().agreement, build(cases.full())
    np.testing.assert_allclose(found.examples.gain.mean, given.changes.gain, rtol=1e-3, atol=1e-9)
    assert all(
        low <= gain <= high
        for low, gain, high in zip(
            found.examples.gain.low, found.examples.gain.mean, found.examples.gain.high, strict=True
        )
    )
    assert found.agreement.calibration.b.overconfidence.mean > 0
    assert len(found.agreement.calibration.a.accuracy) == 10


def test_what_became_of_the_prediction_is_told_of_a_subpopulation():
    end = build(cases.full()).directions[0].ends[0]
    assert ("prediction (A → B)", "0 → 1") in [(e.name, e.value) for e in end.target_enrichment]
    assert "prediction" not in [e.name for e in end.train_enrichment]


def test_training_examples_beyond_noise_are_counted_for_real_directions_only():
    found = build(cases.full())
    assert 0 < found.directions[0].train_beyond_noise <= cases.N_TRAIN / 4
    assert build(cases.arrays_only("published")).directions[0].train_beyond_noise is None


def test_a_learning_curve_passes_through_its_own_points():
    curve = build(cases.full()).diagnostics.curves.a
    expected = curve.limit / np.sqrt(1 + curve.half / np.array(curve.sizes))
    np.testing.assert_allclose(curve.lds, expected, atol=0.05)
    assert build(cases.arrays_only()).diagnostics.curves is None


def test_models_that_differ_by_luck_are_told():
    steady = cases.full().findings.curves.a
    lucky = replace(steady, qualities=tuple(replace(q, mean=0.06) for q in steady.qualities))
    notes = " ".join(build(cases.found(cases.full(), curves=Pair(steady, lucky))).diagnostics.notes)
    assert "a model of B saw tells little" in notes
    assert "a model of A saw tells little" not in notes


def test_the_study_file_on_the_page_is_the_study():
    assert tomllib.loads(build(cases.full()).reproduction.study) == cases.STUDY
    assert build(cases.arrays_only()).reproduction.study == ""


def test_exclusions_are_counted():
    evidence = cases.full()
    excluded = replace(evidence.comparison, excluded_targets=np.array([1, 2, 3]))
    diagnostics = build(cases.found(evidence, comparison=excluded)).diagnostics
    assert diagnostics.excluded_targets == 3
    assert any(note.startswith("3 targets left out") for note in diagnostics.notes)


def test_changed_rows_are_told_by_the_columns_that_change():
    trial = build(cases.full(cases.wine())).trials[0]
    assert trial.changes[0].after == "flavanoids 5"
    assert trial.changes[0].before.startswith("flavanoids ")
    assert trial.changes[0].before != trial.changes[0].after
