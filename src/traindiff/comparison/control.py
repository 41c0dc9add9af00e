"""The control: an algorithm compared with itself, on models that are there already."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from traindiff import seeding
from traindiff.comparison.subsets.compare import FEWEST_MODELS, compare
from traindiff.errors import InputError
from traindiff.outputs import Outputs
from traindiff.progress import Advance, Progress, Silent

__all__ = ["control_p_value"]


def control_p_value(
    outputs: Outputs,
    *,
    permutations: int = 200,
    seed: int = 0,
    level: float = 0.05,
    shrinkage: float = 0.3,
    progress: Progress | None = None,
) -> float | None:
    """Compare two random halves of one algorithm's models as if they were two algorithms.

    They have the same recipe, other subsets and other seeds, so the null hypothesis is true: the
    p-value is below ``level`` in a share ``level`` of studies (METHOD §5.7). It costs no training.

    Parameters
    ----------
    outputs : Outputs
        Of one algorithm's models.
    permutations, level, shrinkage
        As for `compare`.
    seed : int
        Of the halves and of the permutations.
    progress : Progress, optional

    Returns
    -------
    float or None
        None where a half has too few models, or no target or training example with any
        information.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> masks = rng.permuted(np.tile([0, 1], (200, 20)), axis=1)
    >>> values = masks @ rng.normal(size=(40, 8)) + rng.normal(size=(200, 8))
    >>> control_p_value(Outputs(masks=masks, values=values)) > 0.05
    True
    """
    half = outputs.n_models // 2
    if half < FEWEST_MODELS:
        return None
    order = seeding.stream(seed, "control").permutation(outputs.n_models)
    try:
        found = compare(
            outputs.take(order[:half]),
            outputs.take(order[half : 2 * half]),
            directions=1,
            permutations=permutations,
            seed=seeding.derive(seed, "control"),
            level=level,
            shrinkage=shrinkage,
            progress=_Titled(progress=progress or Silent(), title="control"),
        )
    except InputError:
        # The whole was fit to be compared; that a half is not is no reason to lose the study.
        return None
    return found.p_value


@dataclass(frozen=True, kw_only=True)
class _Titled:
    """Progress whose stages have one title, to be told from those of the comparison itself."""

    progress: Progress
    title: str

    def stage(self, title: str, total: int, *, done: int = 0) -> AbstractContextManager[Advance]:
        return self.progress.stage(self.title, total, done=done)
