"""How far to trust the answer, what was left out, and what was not tested."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

from traindiff.datamodels.curve import LearningCurve
from traindiff.pair import Pair
from traindiff.report.content.document import Curve, Diagnostics, Quality, Trial
from traindiff.report.content.rounding import tidy, tidy_all
from traindiff.report.content.words import number, p_value, plural
from traindiff.report.evidence import Attribution, Evidence

__all__ = ["diagnostics"]

MOSTLY_LUCK = 0.1

T = TypeVar("T")
Written = TypeVar("Written")


def diagnostics(evidence: Evidence, trials: tuple[Trial, ...]) -> Diagnostics:
    """Return the report's caveats, in plain data."""
    comparison, findings = evidence.comparison, evidence.findings
    test, scales = comparison.test, comparison.scales
    return Diagnostics(
        quality=tuple(_of_each(_quality, findings.datamodels)),
        curves=tuple(_of_each(_curve, findings.curves)),
        power=None if test is None else test.power.message,
        models_needed=None if test is None else test.power.models_needed,
        control_p_value=findings.control_p_value,
        control=_control(findings.control_p_value, comparison.level),
        scale=1.0 if scales is None else tidy(scales.shown),
        scales=() if scales is None else tidy_all(scales.tried),
        scale_p_values=() if scales is None else tidy_all(scales.p_values),
        null_level=None if test is None else tidy(test.null_level),
        excluded_targets=len(comparison.excluded_targets),
        excluded_train=len(comparison.excluded_train),
        notes=tuple(_notes(evidence)),
        not_tested=tuple(_not_tested(evidence, trials)),
    )


def _items(pair: Pair[T] | None) -> Iterator[tuple[str, T]]:
    """Yield what there is of A and of B, each with its name."""
    return iter(()) if pair is None else pair.items()


def _of_each(
    written: Callable[[str, T], tuple[Written, ...]], pair: Pair[T] | None
) -> Iterator[Written]:
    for name, each in _items(pair):
        yield from written(name, each)


def _quality(name: str, fitted: Attribution) -> tuple[Quality, ...]:
    if fitted.lds is None:
        return ()
    low, high = tidy_all(fitted.lds.interval)
    return (
        Quality(
            algorithm=name,
            mean=tidy(fitted.lds.mean),
            low=low,
            high=high,
            quartiles=tidy_all(fitted.lds.quartiles),
            n_models=fitted.lds.n_models,
        ),
    )


def _curve(name: str, curve: LearningCurve) -> tuple[Curve, ...]:
    low, high = np.array([quality.interval for quality in curve.qualities]).T
    return (
        Curve(
            algorithm=name,
            sizes=tuple(curve.sizes.tolist()),
            lds=tidy_all(curve.lds),
            low=tidy_all(low),
            high=tidy_all(high),
            limit=tidy(curve.limit),
            half=tidy(curve.half),
        ),
    )


def _notes(evidence: Evidence) -> list[str]:
    comparison = evidence.comparison
    notes = [] if evidence.train is None else list(evidence.train.notes)
    if len(comparison.excluded_targets):
        notes.append(
            f"{plural(len(comparison.excluded_targets), 'target')} left out: their outputs are "
            "constant or their datamodels zero, so they carry no information."
        )
    if len(comparison.excluded_train):
        notes.append(
            f"{plural(len(comparison.excluded_train), 'training example')} left out: always or "
            "never seen under A or under B, so their use cannot be estimated."
        )
    notes += [
        f"Which examples a model of {name} saw tells little of what it says (score "
        f"{number(curve.lds[-1], 2)} on models left out): what sets its models apart is mostly "
        "luck. Steadier training, or more models, would show more."
        for name, curve in _items(evidence.findings.curves)
        if curve.lds[-1] < MOSTLY_LUCK
    ]
    return notes


def _control(p: float | None, level: float) -> str | None:
    if p is None:
        return None
    outcome = (
        "No difference, as it should be."
        if p > level
        else f"A difference where there is none. {level:.0%} of controls fail by chance; if this "
        "one fails under another seed too, distrust the study."
    )
    halves = "Two halves of A's models, compared as if they were two algorithms"
    return f"{halves} ({p_value(p)}): {outcome[:1].lower() + outcome[1:]}"


def _not_tested(evidence: Evidence, trials: tuple[Trial, ...]) -> list[str]:
    comparison = evidence.comparison
    gaps = []
    if comparison.test is None:
        gaps.append("Whether any of the directions is more than noise (the method has no test).")
    found = set(comparison.significant)
    tested = {trial.direction for trial in trials if trial.state != "not tested"}
    unexplained = [str(k + 1) for k in sorted(found) if k + 1 not in tested]
    if unexplained:
        which = f"direction{'s' * (len(unexplained) > 1)} {', '.join(unexplained)}"
        gaps.append(f"What in the inputs carries {which}: no transformation was proposed for it.")
    waiting = sum(trial.state == "not tested" for trial in trials)
    if waiting:
        gaps.append(f"{plural(waiting, 'hypothesis', 'hypotheses')} written down but not tested.")
    if evidence.findings.control_p_value is None and comparison.test is not None:
        gaps.append("A against itself (the control): it needs at least 40 models of A.")
    if evidence.agreement is None:
        gaps.append("Accuracy and disagreement: the outputs came without predictions.")
    if evidence.findings.datamodels is None:
        gaps.append("Influences of single training examples: no datamodels were fitted to read.")
    return gaps
