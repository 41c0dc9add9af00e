import re
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from corner_cases import Counted, claim, data, models
from numpy.testing import assert_allclose

from traindiff.errors import InputError
from traindiff.hypotheses.measures import Measure
from traindiff.hypotheses.probe import Probe
from traindiff.transforms.kinds import parse
from traindiff.verification import check, verify

FAST = {"seed": 0, "resamples": 200, "strengths": (0.5, 1.0)}


def one(hypothesis, a, b, held=None, **options):
    [verdict] = verify([hypothesis], a, b, held or data(), **FAST | options)
    return verdict


def test_effect_is_the_one_of_the_formula():
    held, ensemble = data(), models(0, 7, 3.0)
    patch = parse("patch(size=2, value=0.5, strength=0.4)")
    rows = np.arange(len(held))
    changed = patch.apply(held.inputs)
    found = Probe.of(ensemble, held).effect(changed, rows, Measure(output="margin"))
    sign = np.where(held.labels == 1, 1, -1)
    assert_allclose(found, ensemble.slopes[:, None] * 0.4 * 0.5 * sign, atol=1e-4)


def test_a_known_difference_is_confirmed_with_its_size():
    verdict = one(claim(), models(0, 10, 3.0), models(1, 10, 0.0, spread=0.02))
    assert verdict.state == "confirmed"
    assert verdict.effect.a.low <= 3 <= verdict.effect.a.high
    assert verdict.effect.b.low <= 0 <= verdict.effect.b.high
    a, b = verdict.effect.map(lambda effect: effect.mean)
    assert_allclose(verdict.difference.mean, a - b, atol=1e-6)
    assert verdict.p_value == verdict.q_value < 1e-6
    assert (verdict.n_models, verdict.n_inputs) == (10, 100)
    assert "moves A" in verdict.reason


def test_dose_response_is_the_line_it_should_be_and_the_placebo_is_flat():
    verdict = one(claim(), models(0, 10, 3.0), models(1, 10, 0.0), strengths=(0.25, 0.5))
    assert [dose.strength for dose in verdict.doses] == [0.25, 0.5, 1.0]
    slope = verdict.effect.a.mean
    means = [dose.effect.a.mean for dose in verdict.doses]
    assert_allclose(means, np.array([0.25, 0.5, 1]) * slope, rtol=1e-3)
    assert max(abs(d.placebo.a.mean) for d in verdict.doses) < 0.05
    assert verdict.placebo == verdict.doses[-1].placebo


@pytest.mark.parametrize(
    ("side", "slopes", "state"),
    [
        ("A", (3.0, 0.0), "confirmed"),
        ("B", (3.0, 0.0), "refuted"),
        (None, (3.0, 0.0), "confirmed"),
        (None, (0.0, -3.0), "confirmed"),
        (None, (3.0, 2.0), "contrast"),
        (None, (3.0, 2.8), "refuted"),
        (None, (0.0, 0.0), "refuted"),
        ("A", (0.0, 0.0), "refuted"),
        ("A", (3.0, 3.0), "refuted"),
        ("A", (3.0, 0.11), "contrast"),
        ("A", (0.55, 0.11), "inconclusive"),
    ],
)
def test_verdicts_follow_the_definition(side, slopes, state):
    a, b = models(0, 10, slopes[0]), models(1, 10, slopes[1])
    verdict = one(claim(side=side), a, b, epsilon=0.1, delta=0.5)
    assert verdict.state == state
    assert (verdict.epsilon, verdict.delta) == (0.1, 0.5)


def test_swapping_a_and_b_swaps_the_verdict():
    a, b = models(0, 10, 3.0), models(1, 10, 0.0)
    straight, swapped = one(claim(), a, b), one(claim(side="B"), b, a)
    assert straight.state == swapped.state
    assert_allclose(straight.effect.a.mean, swapped.effect.b.mean)
    assert_allclose(straight.p_value, swapped.p_value)


def test_an_algorithm_against_itself_is_hardly_ever_confirmed():
    confirmed = 0
    for seed in range(60):
        a, b = models(2 * seed, 6, 0.3, spread=0.5), models(2 * seed + 1, 6, 0.3, spread=0.5)
        verdict = one(claim(side=None), a, b, data(60, seed), strengths=(), epsilon=0.1, delta=0.3)
        confirmed += verdict.state == "confirmed"
    assert confirmed <= 3


def test_an_effect_just_short_of_delta_is_hardly_ever_confirmed():
    confirmed = 0
    for seed in range(100):
        a, b = models(seed, 5, 0.5, spread=0.2), models(1000 + seed, 5, 0.0, spread=0.02)
        verdict = one(claim(), a, b, data(60, seed), strengths=(), epsilon=0.1, delta=0.5)
        confirmed += verdict.state == "confirmed"
    assert confirmed <= 6


def test_q_values_correct_over_all_hypotheses():
    claims = [
        claim(name=f"nothing {i}", transform=parse(f"patch(x={i}, y=2, size=1)")) for i in range(7)
    ]
    verdicts = verify([claim(), *claims], models(0, 6, 3.0), models(1, 6, 0.0), data(), **FAST)
    p_values = np.array([v.p_value for v in verdicts])
    assert all(v.q_value >= v.p_value for v in verdicts)
    assert_allclose(verdicts[0].q_value, p_values[0] * 8)
    assert all(v.state != "confirmed" for v in verdicts[1:])


def test_one_forward_pass_a_strength_content_and_ensemble():
    a, b = Counted(models(0, 6, 3.0)), Counted(models(1, 6, 0.0))
    verify([claim(), claim(name="other")], a, b, data(), seed=0, strengths=(0.25, 0.5, 1.0))
    assert a.passes == b.passes == 1 + 2 * 3 * 2


def test_the_bar_reaches_its_end_also_for_what_is_not_tested():
    class Meter:
        total = done = 0

        @contextmanager
        def stage(self, title, total, *, done=0):
            self.total = total

            def advance(amount=1):
                self.done += amount

            yield advance

    meter = Meter()
    claims = [claim(), claim(name="none", inputs="class", class_name="no")]
    held = data(20).take(np.arange(1, 20, 2))
    verify(claims, models(0, 6, 3.0), models(1, 6, 0.0), held, seed=0, progress=meter)
    assert meter.done == meter.total == 32


def test_what_a_placebo_does_as_well_is_not_confirmed():
    held = data()
    held.inputs[held.labels == 0, :, :2, :2] = 1
    a, b = models(0, 10, 3.0), models(1, 10, 0.0, spread=0.02)
    white, grey = (
        one(claim(transform=parse(f"patch(size=2, value={value})")), a, b, held)
        for value in (1.0, 0.5)
    )
    # A random image's corner is white in every other one: on average that is as good as grey.
    assert (white.state, grey.state) == ("confirmed", "contrast")
    assert white.excess.a.low > 0.5
    assert grey.excess.a.low < 0 < grey.excess.a.high
    assert "the kind of change" in grey.reason


def test_models_that_are_one_model_are_noticed():
    a, b = models(0, 10, 3.0), models(1, 10, 0.0)
    a.slopes[:], a.bias[:] = a.slopes[0], a.bias[0]
    verdict = one(claim(), a, b)
    assert [limit for limit in verdict.limits if "models of A are identical" in limit]
    assert not any("identical" in limit for limit in one(claim(), b, b).limits)
    assert any("models of A and B are" in limit for limit in one(claim(), a, a).limits)


def test_what_few_models_and_few_inputs_cannot_show_is_said():
    few, many = models(0, 5, 3.0), models(0, 15, 3.0)
    assert any("in 59% of tests" in limit for limit in one(claim(), few, few).limits)
    assert one(claim(), many, many).limits == ()
    rate = claim(output="rate", class_name="yes", inputs="all")
    verdict = one(rate, many, models(1, 15, 0.0, spread=0.0), data(100))
    assert verdict.effect.b.mean == 0
    assert verdict.still == "unclear"
    assert any("at least 183 inputs; there are 100" in limit for limit in verdict.limits)
    enough = one(rate, many, models(1, 15, 0.0, spread=0.0), data(190))
    assert (enough.still, enough.limits[1:]) == ("yes", ())


def test_groups_are_the_unit_of_the_intervals():
    held = data(200)
    held.inputs[...] = held.inputs[np.repeat(np.arange(20), 10)]
    a, b = models(0, 10, 3.0), models(1, 10, 0.0)
    near = claim(output="probability", class_name="yes", inputs="all")
    each = one(near, a, b, held)
    whole = one(near, a, b, held, groups=[f"family {i // 10}" for i in range(200)])
    assert (each.n_groups, whole.n_groups) == (None, 20)
    assert_allclose(whole.effect.a.mean, each.effect.a.mean)
    width = [v.effect.a.high - v.effect.a.low for v in (whole, each)]
    assert width[0] > 1.5 * width[1]
    few = one(near, a, b, held, groups=np.arange(200) // 50)
    assert (few.state, "5 groups, found 4" in few.reason) == ("not tested", True)
    with pytest.raises(InputError, match="each of 200 inputs"):
        one(near, a, b, held, groups=[1, 2])


def test_same_seed_same_verdicts():
    a, b = models(0, 6, 3.0), models(1, 6, 0.0)
    assert one(claim(), a, b) == one(claim(), a, b)


@pytest.mark.parametrize(
    ("count", "rows", "message"),
    [(4, 200, "5 verification models a side, found 4"), (6, 12, "10 verification inputs.*found 6")],
)
def test_too_little_to_test_on_is_said_not_guessed(count, rows, message):
    verdict = one(claim(), models(0, count, 3.0), models(1, 8, 0.0), data(rows))
    assert verdict.state == "not tested"
    assert re.search(message, verdict.reason)
    assert verdict.effect is verdict.p_value is verdict.q_value is None
    assert verdict.doses == ()


def test_an_output_that_never_differs_is_not_tested():
    held = data()
    same = replace(held, inputs=held.inputs[:1].repeat(200, axis=0), labels=held.labels * 0)
    ensemble = models(0, 6, 3.0)
    verdict = one(claim(inputs="all", class_name=None), ensemble, ensemble, same)
    assert verdict.state == "not tested"
    assert "the same for all inputs" in verdict.reason


def test_hypotheses_that_do_not_fit_are_refused_before_any_forward_pass():
    a = Counted(models(0, 6, 3.0))
    for wrong, message in (
        ([claim(class_name="maybe")], "unknown class 'maybe'"),
        ([claim(transform=parse("patch(size=9)"))], "leave the image"),
        ([claim(transform=parse("permute(column=age)"))], "table"),
        ([claim(), claim()], "two hypotheses are named 'corner'"),
    ):
        with pytest.raises(InputError, match=message):
            verify(wrong, a, a, data(), seed=0)
        with pytest.raises(InputError, match=message):
            check(wrong, data())
    assert a.passes == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": 0}, "epsilon must be positive"),
        ({"delta": float("nan")}, "delta must be positive"),
        ({"epsilon": 0.5, "delta": 0.1}, "must not exceed delta"),
        ({"strengths": (0.0,)}, "strengths must lie"),
        ({"strengths": (1.5,)}, "strengths must lie"),
    ],
)
def test_unusable_settings_are_refused(options, message):
    a = models(0, 6, 3.0)
    with pytest.raises(InputError, match=message):
        verify([claim()], a, a, data(), **FAST | options)


def test_nothing_to_verify():
    a = models(0, 6, 3.0)
    assert verify([], a, a, data(), seed=0) == ()
