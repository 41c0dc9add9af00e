"""Models that diverged: counted, named by their seeds, and left out, unless they are too many."""

from dataclasses import dataclass, field

import numpy as np

from traindiff.errors import TrainingError

__all__ = ["Divergence", "finite"]

MOST = 0.1


@dataclass(kw_only=True)
class Divergence:
    """The models of one algorithm that diverged so far.

    Parameters
    ----------
    algorithm : str
        Its name.
    models : int
        How many there are in all.
    """

    algorithm: str
    models: int
    seeds: list[int] = field(default_factory=list)

    def count(self, values: np.ndarray, seeds: np.ndarray) -> None:
        """Count the models whose ``values`` [models, ...] are not all finite.

        Raises
        ------
        TrainingError
            When more than a tenth of all models, and more than one, have diverged.
        """
        self.seeds += [int(seed) for seed in seeds[~finite(values)]]
        if len(self.seeds) > max(1, MOST * self.models):
            raise TrainingError(
                f"{self.algorithm}: {len(self.seeds)} of {self.models} models diverged (NaN or "
                f"infinite; the first has seed {self.seeds[0]}), more than a tenth: lower the "
                "learning rate, or check the data for extreme values."
            )


def finite(values: np.ndarray) -> np.ndarray:
    """Return for each row of ``values`` [models, ...] whether it is all finite."""
    return np.asarray(np.isfinite(values).reshape(len(values), -1).all(axis=1))
