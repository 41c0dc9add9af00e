"""From values to plain data: everything that a report says, decided here and nowhere else."""

import numpy as np

from traindiff.lenses.predictions.calibration import Calibration as Measured
from traindiff.report.content.cards import directions, points
from traindiff.report.content.diagnostics import diagnostics
from traindiff.report.content.document import (
    SCHEMA,
    Agreement,
    Bin,
    Calibration,
    Data,
    Document,
    Models,
    Reproduction,
    Similarity,
)
from traindiff.report.content.examples import examples
from traindiff.report.content.lenses import lens_cards
from traindiff.report.content.rounding import interval, tidy, tidy_all
from traindiff.report.content.study_file import study_file
from traindiff.report.content.trials import trials
from traindiff.report.content.verdict_text import answer, used_differently
from traindiff.report.content.words import UNITS
from traindiff.report.evidence import Evidence

__all__ = ["build", "similarity"]

BINS = 40


def build(evidence: Evidence) -> Document:
    """Return what the report on this evidence says."""
    comparison = evidence.comparison
    tested = trials(evidence)
    trains, targets = used_differently(comparison)
    return Document(
        schema=SCHEMA,
        title=evidence.title,
        method=comparison.method,
        answer=answer(comparison, tested),
        models=_models(evidence),
        data=_data(evidence),
        agreement=_agreement(evidence),
        similarity=similarity(comparison.similarity),
        points=points(comparison),
        directions=directions(evidence),
        train_used_differently=trains,
        targets_explained_differently=targets,
        trials=tested,
        lenses=lens_cards(evidence),
        diagnostics=diagnostics(evidence, tested),
        examples=examples(evidence),
        reproduction=_reproduction(evidence),
    )


def _models(evidence: Evidence) -> Models:
    comparison = evidence.comparison
    n_a, n_b = comparison.n_models or (None, None)
    return Models(
        a=evidence.names.a,
        b=evidence.names.b,
        n_a=n_a,
        n_b=n_b,
        paired=None if comparison.n_models is None else comparison.paired,
        output=evidence.output,
        unit=UNITS.get(evidence.output, evidence.output),
    )


def _data(evidence: Evidence) -> Data:
    splits = evidence.splits
    if splits is None:
        return Data(
            name="arrays",
            modality="none",
            classes=(),
            n_train=evidence.n_train,
            n_targets=evidence.n_targets,
            n_verification=0,
            fingerprints={},
        )
    parts = {"train": splits.train, "targets": splits.targets, "verification": splits.verification}
    return Data(
        name=splits.train.name,
        modality=splits.train.modality,
        classes=splits.train.class_names or (),
        n_train=evidence.n_train,
        n_targets=evidence.n_targets,
        n_verification=len(splits.verification),
        fingerprints={name: part.fingerprint for name, part in parts.items()},
    )


def _agreement(evidence: Evidence) -> Agreement | None:
    """Describe a model of A and one of B drawn at random, hence the products."""
    given = evidence.agreement
    if given is None:
        return None
    a, b = given.target_accuracy.map(lambda side: side.astype(float))
    mostly_a, mostly_b = a > 0.5, b > 0.5
    return Agreement(
        accuracy_a=interval(given.accuracy.a),
        accuracy_b=interval(given.accuracy.b),
        accuracy_difference=interval(given.accuracy_difference),
        disagreement=interval(given.disagreement),
        self_disagreement_a=interval(given.self_disagreement.a),
        self_disagreement_b=interval(given.self_disagreement.b),
        both_right=tidy(np.mean(a * b)),
        only_a_right=tidy(np.mean(a * (1 - b))),
        only_b_right=tidy(np.mean((1 - a) * b)),
        both_wrong=tidy(np.mean((1 - a) * (1 - b))),
        mostly_both_right=int((mostly_a & mostly_b).sum()),
        mostly_only_a_right=int((mostly_a & ~mostly_b).sum()),
        mostly_only_b_right=int((~mostly_a & mostly_b).sum()),
        mostly_both_wrong=int((~mostly_a & ~mostly_b).sum()),
        only_a_right_pairs=interval(given.changes.only_right.a),
        only_b_right_pairs=interval(given.changes.only_right.b),
        p_value=tidy(given.changes.p_value),
        calibration_a=_calibration(given.calibration.a),
        calibration_b=_calibration(given.calibration.b),
    )


def _calibration(found: Measured | None) -> Calibration | None:
    if found is None:
        return None
    return Calibration(
        overconfidence=interval(found.overconfidence),
        error=tidy(found.calibration_error),
        confidence=tidy_all(found.confidence),
        accuracy=tidy_all(found.accuracy),
    )


def similarity(cosines: np.ndarray) -> Similarity:
    """Return the histogram of the cosines, from 0 (or the lowest, rounded down) to 1."""
    start = float(np.floor(10 * min(0.0, cosines.min())) / 10)
    counts, edges = np.histogram(np.clip(cosines, -1, 1), bins=BINS, range=(max(start, -1), 1))
    return Similarity(
        mean=tidy(cosines.mean()),
        median=tidy(np.median(cosines)),
        bins=tuple(
            Bin(low=tidy(low), high=tidy(high), count=int(count))
            for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
        ),
    )


def _reproduction(evidence: Evidence) -> Reproduction:
    test = evidence.comparison.test
    return Reproduction(
        command=evidence.command,
        study=study_file(evidence.study),
        settings=dict(evidence.settings),
        versions=dict(evidence.versions),
        timings={stage: tidy(seconds, 3) for stage, seconds in evidence.timings.items()},
        permutations=None if test is None else test.permutations,
    )
