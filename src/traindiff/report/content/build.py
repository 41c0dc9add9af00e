"""From values to plain data: everything that a report says, decided here and nowhere else."""

from itertools import pairwise

import numpy as np

from traindiff.comparison import Comparison
from traindiff.lenses.predictions.calibration import Calibration as Measured
from traindiff.pair import Pair
from traindiff.report.content.cards import directions, points
from traindiff.report.content.diagnostics import diagnostics
from traindiff.report.content.document import (
    SCHEMA,
    UNITS,
    Agreement,
    Bin,
    Calibration,
    Document,
    Models,
    Reproduction,
    Similarity,
)
from traindiff.report.content.examples import examples
from traindiff.report.content.focusing import focusing
from traindiff.report.content.lenses import lens_cards
from traindiff.report.content.overview import cautions, data, recipes
from traindiff.report.content.study_file import study_file
from traindiff.report.content.trials import trials
from traindiff.report.content.verdict_text import answer, used_differently
from traindiff.report.evidence import Evidence
from traindiff.saved import RunSummary

__all__ = ["build", "run_summary", "similarity"]

BINS = 40


def build(evidence: Evidence) -> Document:
    """Return what the report on this evidence says."""
    comparison = evidence.comparison
    tested = trials(evidence)
    trains, targets = used_differently(comparison)
    shown = data(evidence)
    return Document(
        schema=SCHEMA,
        title=evidence.title,
        made=evidence.made,
        method=comparison.method,
        answer=answer(comparison, tested, evidence.findings.looks),
        cautions=cautions(evidence, shown),
        models=_models(evidence),
        recipes=recipes(evidence),
        data=shown,
        performance=evidence.performance,
        agreement=_agreement(evidence),
        similarity=similarity(comparison),
        points=points(comparison),
        directions=directions(evidence),
        train_used_differently=trains,
        targets_explained_differently=targets,
        trials=tested,
        focusing=focusing(evidence),
        lenses=lens_cards(evidence),
        diagnostics=diagnostics(evidence, tested),
        examples=examples(evidence),
        reproduction=_reproduction(evidence),
    )


def run_summary(document: Document) -> RunSummary:
    """Return the few words of a report; its path is told by where they lie."""
    tested = [trial for trial in document.trials if trial.state != "not tested"]
    return RunSummary(
        path="",
        title=document.title,
        date="" if document.made is None else document.made.date,
        headline=document.answer.headline,
        found=document.answer.found,
        p_value=document.answer.p_value,
        names=document.models.names,
        n_models=document.models.n_models,
        confirmed=sum(trial.state == "confirmed" for trial in tested),
        tested=len(tested),
        cautions=len(document.cautions),
    )


def _models(evidence: Evidence) -> Models:
    comparison = evidence.comparison
    return Models(
        names=evidence.names,
        n_models=comparison.n_models,
        paired=None if comparison.n_models is None else comparison.paired,
        output=evidence.output,
        unit=UNITS.get(evidence.output, evidence.output),
    )


def _agreement(evidence: Evidence) -> Agreement | None:
    """Describe a model of A and one of B drawn at random, hence the products."""
    given = evidence.agreement
    if given is None:
        return None
    right = given.target_accuracy.map(lambda side: side.astype(float))
    wrong, mostly = right.map(lambda side: 1 - side), right.map(lambda side: side > 0.5)
    return Agreement(
        accuracy=given.accuracy,
        accuracy_difference=given.accuracy_difference,
        disagreement=given.disagreement,
        self_disagreement=given.self_disagreement,
        both_right=float(np.mean(right.a * right.b)),
        only_right=Pair(float(np.mean(right.a * wrong.b)), float(np.mean(wrong.a * right.b))),
        both_wrong=float(np.mean(wrong.a * wrong.b)),
        mostly_both_right=int((mostly.a & mostly.b).sum()),
        mostly_only_right=Pair(
            int((mostly.a & ~mostly.b).sum()), int((~mostly.a & mostly.b).sum())
        ),
        mostly_both_wrong=int((~mostly.a & ~mostly.b).sum()),
        only_right_pairs=given.changes.only_right,
        p_value=given.changes.p_value,
        calibration=_calibrations(given.calibration),
    )


def _calibrations(found: Pair[Measured | None]) -> Pair[Calibration] | None:
    a, b = found
    return None if a is None or b is None else Pair(a, b).map(_calibration)


def _calibration(found: Measured) -> Calibration:
    return Calibration(
        overconfidence=found.overconfidence,
        error=found.calibration_error,
        confidence=tuple(found.confidence.tolist()),
        accuracy=tuple(found.accuracy.tolist()),
    )


def similarity(comparison: Comparison) -> Similarity:
    """Return the histogram of the cosines, from 0 (or the lowest, rounded down) to 1."""
    cosines, judged = comparison.similarity, comparison.judged
    start = float(np.floor(10 * min(0.0, cosines.min())) / 10)
    counts, edges = np.histogram(np.clip(cosines, -1, 1), bins=BINS, range=(max(start, -1), 1))
    return Similarity(
        mean=float(cosines.mean()),
        median=float(np.median(cosines)),
        without_noise=None if judged is None else judged.similarity,
        bins=tuple(
            Bin(low=low, high=high, count=count)
            for (low, high), count in zip(pairwise(edges.tolist()), counts.tolist(), strict=True)
        ),
    )


def _reproduction(evidence: Evidence) -> Reproduction:
    test = evidence.comparison.test
    return Reproduction(
        command=evidence.command,
        study=study_file(evidence.study),
        settings=dict(evidence.settings),
        versions=dict(evidence.versions),
        timings=dict(evidence.timings),
        permutations=None if test is None else test.permutations,
    )
