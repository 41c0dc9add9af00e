"""From a dataset's inputs to the numbers that a module or a linear model sees."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from traindiff.datasets import Dataset
from traindiff.errors import InputError

__all__ = ["Preparation", "deviation"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Preparation:
    """How inputs become float32 numbers; fixed by the whole training set, not by a subset.

    Images stay as they are. A table's numeric columns are standardised by the mean and standard
    deviation over all training examples (a constant column becomes zero); a categorical one
    becomes one column of 0 and 1 for each of its categories.
    """

    middle: np.ndarray | None = None
    spread: np.ndarray | None = None
    categories: tuple[int, ...] = ()

    @classmethod
    def fit(cls, data: Dataset) -> Self:
        """Return the preparation that belongs to the training examples ``data``.

        Raises
        ------
        InputError
            When the inputs are texts.
        """
        if data.modality == "text":
            raise InputError(
                f"{data.name}: numbers are needed, found texts: turn them into columns of numbers "
                "first, or use a scikit-learn pipeline."
            )
        if data.modality == "image":
            return cls()
        names = data.categories or (None,) * data.inputs.shape[1]
        categories = tuple(0 if column is None else len(column) for column in names)
        numeric = data.inputs[:, [count == 0 for count in categories]]
        return cls(middle=numeric.mean(axis=0), spread=deviation(numeric), categories=categories)

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """Return prepared ``inputs`` [examples, ...]: float32, contiguous."""
        if self.middle is None:
            return np.ascontiguousarray(inputs, dtype=np.float32)
        numeric = np.array([count == 0 for count in self.categories], dtype=bool)
        columns = [(inputs[:, numeric] - self.middle) / self.spread]
        columns += [
            inputs[:, column, None] == np.arange(count)
            for column, count in enumerate(self.categories)
            if count
        ]
        return np.concatenate(columns, axis=1).astype(np.float32)


def deviation(values: np.ndarray) -> np.ndarray:
    """Return the standard deviations of ``values`` [examples, ...] over examples, 1 of a constant.

    A constant is what differs from its mean by no more than rounding may: 0.1 has no exact mean.
    """
    spread, middle = values.std(axis=0), np.abs(values.mean(axis=0))
    rounding = len(values) * np.finfo(np.float64).eps * middle
    return np.where(spread > rounding, spread, 1.0)
