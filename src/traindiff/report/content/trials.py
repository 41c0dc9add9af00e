"""Hypotheses and what their tests said."""

import re
from dataclasses import replace

from traindiff.hypotheses import Hypothesis
from traindiff.pair import Pair
from traindiff.report.content.before_after import applied, in_words
from traindiff.report.content.document import Changed, Dose, Interval, Trial
from traindiff.report.content.rounding import interval, tidy
from traindiff.report.content.showing import short
from traindiff.report.content.words import UNITS, effect
from traindiff.report.evidence import Evidence
from traindiff.statistics.bootstrap import Interval as Estimate
from traindiff.verification import Dose as TestedDose
from traindiff.verification import Verdict

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
        unit=UNITS.get(hypothesis.aim.output, hypothesis.aim.output),
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
    a, b = _sides(verdict.effect)
    placebo_a, placebo_b = _sides(verdict.placebo)
    return replace(
        trial,
        state=verdict.state,
        sentence=f"Moves {trial.measured} by {effect(a, b, trial.unit)}." if a and b else "",
        reason=MINUS.sub("−", verdict.reason),
        changes=changes,
        a=a,
        b=b,
        difference=None if verdict.difference is None else interval(verdict.difference),
        placebo_a=placebo_a,
        placebo_b=placebo_b,
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
        a=interval(dose.effect.a),
        b=interval(dose.effect.b),
        placebo_a=interval(dose.placebo.a),
        placebo_b=interval(dose.placebo.b),
    )


def _sides(effect: Pair[Estimate] | None) -> Pair[Interval] | Pair[None]:
    return Pair(None, None) if effect is None else effect.map(interval)


def _measured(hypothesis: Hypothesis) -> str:
    of_class = f"of “{short(hypothesis.aim.class_name or '')}”"
    return {
        "probability": f"the probability {of_class}",
        "rate": f"the rate {of_class} predictions",
    }.get(hypothesis.aim.output, f"the {hypothesis.aim.output.replace('-', ' ')}")


def _inputs(hypothesis: Hypothesis) -> str:
    class_name = short(hypothesis.aim.class_name or "")
    return {
        "all": "all inputs",
        "class": f"inputs of class “{class_name}”",
        "not-class": f"inputs of every class but “{class_name}”",
    }[hypothesis.aim.inputs]
