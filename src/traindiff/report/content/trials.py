"""Hypotheses and what their tests said."""

import re
from dataclasses import replace

from traindiff.hypotheses import Hypothesis
from traindiff.report.content.before_after import applied, in_words
from traindiff.report.content.document import UNITS, Changed, Trial
from traindiff.report.content.words import effect, short
from traindiff.report.evidence import Evidence
from traindiff.verification import Verdict

__all__ = ["judged", "trials"]

MINUS = re.compile(r"(?<!\w)-(?=\d)")
ORDER = ("confirmed", "contrast", "inconclusive", "refuted", "not tested")


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
        score=hypothesis.score,
        candidates=hypothesis.candidates,
    )


def _changes(evidence: Evidence) -> dict[str, tuple[Changed, ...]]:
    if evidence.splits is None:
        return {}
    data = evidence.splits.verification
    return {
        name: in_words(each, data)
        for name, each in applied(evidence.verdicts, evidence.splits).items()
    }


def judged(verdict: Verdict, changes: tuple[Changed, ...] = ()) -> Trial:
    """Return what one test said; ``changes`` are examples of the transformation in words."""
    trial = _written_down(verdict.hypothesis)
    moved = verdict.effect
    return replace(
        trial,
        state=verdict.state,
        sentence=f"Moves {trial.measured} by {effect(moved, trial.unit)}." if moved else "",
        reason=MINUS.sub("−", verdict.reason),
        contrast=verdict.contrast,
        still=verdict.still,
        limits=verdict.limits,
        changes=changes,
        effect=moved,
        difference=verdict.difference,
        placebo=verdict.placebo,
        doses=verdict.doses,
        p_value=verdict.p_value,
        q_value=verdict.q_value,
        epsilon=verdict.epsilon,
        delta=verdict.delta,
        n_models=verdict.n_models,
        n_inputs=verdict.n_inputs,
    )


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
