"""Hypotheses and what their tests said."""

import re
from dataclasses import replace

from traindiff.hypotheses import Hypothesis
from traindiff.report.content.before_after import applied, in_words
from traindiff.report.content.document import Changed, Dose, Interval, Trial
from traindiff.report.content.rounding import interval, tidy
from traindiff.report.content.showing import short
from traindiff.report.content.words import UNITS, effect
from traindiff.report.evidence import Evidence
from traindiff.verification import Dose as TestedDose
from traindiff.verification import Effect, Verdict

__all__ = ["judged", "trials"]

MINUS = re.compile(r"(?<!\w)-(?=\d)")
ORDER = ("confirmed", "inconclusive", "refuted", "not tested")


def trials(evidence: Evidence) -> tuple[Trial, ...]:
    """Return every hypothesis, confirmed ones first, otherwise in the order they were made."""
    shown = _changes(evidence)
    tested = [
        judged(verdict, shown.get(verdict.hypothesis.name, ())) for verdict in evidence.verdicts
    ]
    names = {trial.name for trial in tested}
    waiting = [_written_down(h) for h in evidence.hypotheses if h.name not in names]
    return tuple(sorted([*tested, *waiting], key=lambda trial: ORDER.index(trial.state)))


def _written_down(hypothesis: Hypothesis) -> Trial:
    return Trial(
        name=hypothesis.name,
        description=hypothesis.transform.describe(),
        transform=hypothesis.transform.to_dict(),
        author=hypothesis.author,
        state="not tested",
        sentence="",
        reason="No verification models were trained for it.",
        measured=_measured(hypothesis),
        unit=UNITS.get(hypothesis.output, hypothesis.output),
        on=_inputs(hypothesis),
        direction=None if hypothesis.direction is None else hypothesis.direction + 1,
        side=hypothesis.side,
        score=None if hypothesis.score is None else tidy(hypothesis.score),
        candidates=hypothesis.candidates,
    )


def _changes(evidence: Evidence) -> dict[str, tuple[Changed, ...]]:
    if evidence.splits is None:
        return {}
    data = evidence.splits.verification
    return {name: in_words(each, data) for name, each in applied(evidence).items()}


def judged(verdict: Verdict, changes: tuple[Changed, ...] = ()) -> Trial:
    """Return what one test said; ``changes`` are examples of the transformation in words."""
    trial = _written_down(verdict.hypothesis)
    a, b = _maybe(verdict.a), _maybe(verdict.b)
    return replace(
        trial,
        state=verdict.state,
        sentence=f"Moves {trial.measured} by {effect(a, b, trial.unit)}." if a and b else "",
        reason=MINUS.sub("−", verdict.reason),
        changes=changes,
        a=a,
        b=b,
        difference=_maybe(verdict.difference),
        placebo_a=_maybe(verdict.placebo_a),
        placebo_b=_maybe(verdict.placebo_b),
        doses=tuple(_dose(dose) for dose in verdict.doses),
        p_value=None if verdict.p_value is None else tidy(verdict.p_value),
        q_value=None if verdict.q_value is None else tidy(verdict.q_value),
        epsilon=tidy(verdict.epsilon),
        delta=tidy(verdict.delta),
        n_models=verdict.n_models,
        n_inputs=verdict.n_inputs,
    )


def _dose(dose: TestedDose) -> Dose:
    return Dose(
        strength=tidy(dose.strength),
        a=interval(dose.a),
        b=interval(dose.b),
        placebo_a=interval(dose.placebo_a),
        placebo_b=interval(dose.placebo_b),
    )


def _maybe(estimate: Effect | None) -> Interval | None:
    return None if estimate is None else interval(estimate)


def _measured(hypothesis: Hypothesis) -> str:
    of_class = f"of “{short(hypothesis.class_name or '')}”"
    return {
        "probability": f"the probability {of_class}",
        "rate": f"the rate {of_class} predictions",
    }.get(hypothesis.output, f"the {hypothesis.output.replace('-', ' ')}")


def _inputs(hypothesis: Hypothesis) -> str:
    class_name = short(hypothesis.class_name or "")
    return {
        "all": "all inputs",
        "class": f"inputs of class “{class_name}”",
        "not-class": f"inputs of every class but “{class_name}”",
    }[hypothesis.inputs]
