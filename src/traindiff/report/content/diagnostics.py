"""How far to trust the answer, what was left out, and what was not tested."""

import numpy as np

from traindiff.datamodels.base import Quality as Measured
from traindiff.datamodels.curve import LearningCurve
from traindiff.pair import Pair
from traindiff.report.content.document import Curve, Diagnostics, Interval, Quality, Trial
from traindiff.report.content.words import number, p_value, plural
from traindiff.report.evidence import Attribution, Evidence

__all__ = ["diagnostics"]

MOSTLY_LUCK = 0.1


def diagnostics(evidence: Evidence, trials: tuple[Trial, ...]) -> Diagnostics:
    """Return the report's caveats, in plain data."""
    comparison, findings = evidence.comparison, evidence.findings
    test, scales = comparison.test, comparison.scales
    return Diagnostics(
        quality=_qualities(findings.datamodels),
        curves=None if findings.curves is None else findings.curves.map(_curve),
        use=None if comparison.judged is None else comparison.judged.use,
        power=None if test is None else test.power.message,
        models_needed=None if test is None else test.power.models_needed,
        control_p_value=findings.control_p_value,
        control=_control(findings.control_p_value, comparison.level),
        scale=1.0 if scales is None else scales.shown,
        scales=() if scales is None else tuple(scales.tried.tolist()),
        scale_p_values=() if scales is None else tuple(scales.p_values.tolist()),
        null_level=None if test is None else test.null_level,
        excluded_targets=len(comparison.excluded_targets),
        excluded_train=len(comparison.excluded_train),
        notes=tuple(_notes(evidence)),
        not_tested=tuple(_not_tested(evidence, trials)),
    )


def _qualities(fitted: Pair[Attribution] | None) -> Pair[Quality] | None:
    if fitted is None or fitted.a.lds is None or fitted.b.lds is None:
        return None
    return Pair(fitted.a.lds, fitted.b.lds).map(_quality)


def _quality(found: Measured) -> Quality:
    interval = Interval(found.mean, *found.interval)
    return Quality(lds=interval, quartiles=found.quartiles, n_models=found.n_models)


def _curve(curve: LearningCurve) -> Curve:
    low, high = np.array([quality.interval for quality in curve.qualities]).T.tolist()
    return Curve(
        sizes=tuple(curve.sizes.tolist()),
        lds=tuple(curve.lds.tolist()),
        low=tuple(low),
        high=tuple(high),
        limit=curve.limit,
        half=curve.half,
    )


def _notes(evidence: Evidence) -> list[str]:
    comparison = evidence.comparison
    notes = []
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
        for name, curve in (evidence.findings.curves.items() if evidence.findings.curves else ())
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
    if evidence.agreement is None and evidence.performance is None:
        gaps.append("Accuracy and disagreement: the outputs came without predictions.")
    if evidence.findings.datamodels is None:
        gaps.append("Influences of single training examples: no datamodels were fitted to read.")
    return gaps
