"""The one algorithm: evidence × null × omnibus, then what is real is turned, judged and told.

METHOD §5. Which evidence it is (`testing.reduced.Reduced`) makes no difference here.
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import false_discovery_control

from traindiff.comparison.base import Comparison
from traindiff.comparison.directions.axes import Axes, Space, axes
from traindiff.comparison.directions.ownership import FOLDS, Ownership, measure_ownership
from traindiff.comparison.directions.refits import Refit, refit
from traindiff.comparison.directions.reliability import measure_reliability, measure_space_agreement
from traindiff.comparison.geometry import cosines, orientation
from traindiff.comparison.parts import AxisTest, Directions, Judged, Test
from traindiff.comparison.testing.inference import Inference, infer
from traindiff.comparison.testing.reduced import Reduced
from traindiff.comparison.testing.settings import Settings
from traindiff.pair import Pair
from traindiff.progress import Progress, Silent
from traindiff.threads import one_blas_thread

__all__ = ["decide"]


def decide(evidence: Reduced, settings: Settings, progress: Progress | None = None) -> Comparison:
    """Return what the evidence says of A against B (METHOD §5).

    Parameters
    ----------
    evidence : Reduced
    settings : Settings
    progress : Progress, optional

    Returns
    -------
    Comparison
        With a test, and directions judged on models that had no say in finding them.
    """
    about = evidence.about
    draws = evidence.null(settings.permutations, settings.seed)
    # Draws run side by side, each on one thread: quicker than sharing every small product.
    with one_blas_thread():
        with (progress or Silent()).stage(about.draws, about.trials + len(draws)) as advance:
            candidates = evidence.scales(settings.seed, advance)
            found = infer(evidence, candidates, draws, settings.directions, advance)
        return _assemble(evidence, found, settings)


def _assemble(evidence: Reduced, found: Inference, settings: Settings) -> Comparison:
    about, seed = evidence.about, settings.seed
    known = axes(evidence.whole(), found.shown.whitening, _space(evidence, found, settings.level))
    known = known.first(settings.directions)
    folds = evidence.folds(min(FOLDS, *about.n_models), seed)
    known, owned = _surest_first(known, measure_ownership(folds, known))
    halves = [refit(half, known) for half in evidence.parts(2, seed)]
    weights = evidence.weights()
    return Comparison(
        method=about.method,
        estimator=about.estimator,
        found=_directions(evidence, weights, known, owned.explained),
        similarity=cosines(*weights),
        excluded_targets=about.targets.excluded,
        excluded_train=about.train.excluded,
        n_models=about.n_models,
        paired=about.paired,
        unmatched_models=about.unmatched,
        excluded_models=about.diverged,
        test=_test(evidence, found, settings.level, known.space.rank, halves),
        judged=Judged(
            sides=owned.sides,
            strengths=owned.strengths.map(lambda strength: strength * about.sizes.a),
            reliability=measure_reliability(*halves),
            space_agreement=measure_space_agreement(halves[0], halves[1], known),
            use=None if about.most is None else owned.products.shares(about.most),
            similarity=owned.products.similarity(),
        ),
        scales=found.scales,
    )


def _space(evidence: Reduced, found: Inference, level: float) -> Space:
    """Return where the significant directions are, or the first one where none is."""
    real = found.real(level)
    rank = found.shown.top.rank(real)
    return Space(rank=rank, size=max(real, 1), units=evidence.about.units)


def _surest_first(known: Axes, owned: Ownership) -> tuple[Axes, Ownership]:
    """Return the real directions ordered by how sure they are, the others behind them.

    A large difference of few or noisy targets is less sure to be found again than a smaller one.
    """
    order = np.arange(len(known.directions))
    real = order[: known.space.size]
    order[: len(real)] = np.argsort(-owned.sureness[real], kind="stable")
    return known.ordered(order), owned.ordered(order)


def _directions(
    evidence: Reduced, weights: Pair[np.ndarray], known: Axes, explained: Pair[np.ndarray]
) -> Directions:
    rows = evidence.on_train(known.directions)
    scale = evidence.about.true_scale(known.whitening.scale)
    projections = weights.a @ rows.T - scale * (weights.b @ rows.T).astype(np.float64)
    # A singular vector has no sign: without a rule, a run and its repetition would differ by it.
    signs = orientation(projections)
    return Directions(
        rows=rows * signs[:, None],
        projections=projections * signs,
        explained=explained,
        singular_values=known.strengths,
    )


def _test(
    evidence: Reduced, found: Inference, level: float, rank: int, halves: Sequence[Refit]
) -> Test:
    shown = found.shown
    # Half the models have twice the noise, and Z was whitened by that of all.
    totals = [float(np.square(half.z).sum()) / 2 for half in halves]
    return Test(
        p_value=found.p_value,
        p_values=found.p_values,
        statistics=found.statistics,
        null_level=shown.top.level(rank, level),
        permutations=len(shown.null),
        level=level,
        power=evidence.power(found.p_value, shown, totals, level),
        train=AxisTest(
            statistics=evidence.on_train(shown.observed.train),
            q_values=evidence.on_train(_q_values(evidence, found, found.train), fill=1.0),
        ),
        targets=AxisTest(
            statistics=evidence.on_targets(shown.observed.targets),
            q_values=evidence.on_targets(_q_values(evidence, found, found.targets), fill=1.0),
        ),
    )


def _q_values(evidence: Reduced, found: Inference, p_values: np.ndarray) -> np.ndarray:
    least = evidence.least_q_value(found.p_value)
    return np.asarray(np.maximum(false_discovery_control(p_values), least))
