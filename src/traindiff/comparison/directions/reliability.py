"""Would other models have found the same? Two disjoint halves, compared (METHOD §5.6)."""

import numpy as np

from traindiff.comparison.directions.axes import Axes
from traindiff.comparison.directions.refits import Refit
from traindiff.comparison.parts import Reliability

__all__ = ["measure_reliability", "measure_space_agreement"]

TOP, QUARTER = 20, 4


def measure_reliability(first: Refit, second: Refit) -> tuple[Reliability, ...]:
    """Return how far two halves of the models agree on each direction.

    Projections are compared over whitened targets: un-whitened, any two directions would agree,
    because the noise that all targets share would dominate both.
    """
    return tuple(
        Reliability(
            projection_correlation=_correlation(first.z @ v, second.z @ w),
            train_overlap=_overlap(v, w),
        )
        for v, w in zip(first.directions, second.directions, strict=True)
    )


def measure_space_agreement(first: Refit, second: Refit, known: Axes) -> float:
    """Return how far two halves of the models agree on the space of the real directions.

    Where singular values are nearly equal, each half turns the axes as it pleases within one space.
    The cosines of the principal angles between the halves' spaces do not depend on that turn. Their
    root mean square (Amadei et al. 1999) is taken beyond what noise alone would give.

    Returns
    -------
    float in [0, 1]
        Over whitened targets; 0 = no more than by chance, 1 = one space.
    """
    size = known.space.size
    # ‖UᵀV‖² is the sum of squared cosines of the principal angles, in any basis of either space.
    agreement = float(np.square(first.space.T @ second.space).sum()) / size
    chance = _chance(size, known.space.rank, *known.z.shape)
    if chance >= 1:
        return 1.0  # the space is all there is
    return float(np.sqrt(np.clip((agreement - chance) / (1 - chance), 0, 1)))


def _chance(size: int, rank: int, rows: int, train: int) -> float:
    """Return the mean squared cosine that spaces found in white noise have.

    A space found in the first ``rank`` rows lies mostly in them, where chance has less room than in
    all rows: its part there is that of a top singular value's square in what it adds up to over all
    rows. Lower singular values are smaller, so that this is a little too much, never too little.
    """
    inside = (np.sqrt(train) + np.sqrt(rank)) ** 2  # Marchenko and Pastur's edge
    # The other rows take no part in finding it; each adds 1 to the square's length, its noise.
    share = inside / (inside + rows - rank)
    beside = (1 - share) ** 2 / (rows - rank) if rows > rank else 0.0
    return float(size * (share**2 / rank + beside))


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    norm = float(np.linalg.norm(x) * np.linalg.norm(y))
    return abs(float(x @ y)) / norm if norm else 0.0


def _overlap(v: np.ndarray, w: np.ndarray) -> float:
    size = max(1, min(TOP, len(v) // QUARTER))  # of few groups, twenty would be all of them
    tops = (set(np.argsort(-np.abs(u), kind="stable")[:size].tolist()) for u in (v, w))
    return len(set.intersection(*tops)) / size
