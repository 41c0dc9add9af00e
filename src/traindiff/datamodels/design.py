"""Random subsets as the design of a regression: centred masks, their Gram matrix, cross-products.

All targets share one design, so all of this is computed once (METHOD §2).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from traindiff.datamodels.gram import Gram, count, covariances, table_type
from traindiff.datamodels.sample import Sample
from traindiff.errors import InputError
from traindiff.threads import one_blas_thread, over_ranges

__all__ = ["Design"]

_PANEL = 512


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """Masks of a sample, centred: X = M − means, with 1/m XᵀX and 1/m XᵀY at hand.

    Parameters
    ----------
    sample : Sample
    means : array, float64, shape [train]
        Share of the models that saw each training example.
    informative : bool array, shape [train]
        False where every model saw the example, or none did.
    """

    sample: Sample
    means: np.ndarray
    informative: np.ndarray

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """Summarise the masks of ``sample``.

        Raises
        ------
        InputError
            When all masks are equal.
        """
        seen = np.count_nonzero(sample.masks, axis=0)
        informative = np.asarray((seen > 0) & (seen < len(sample.masks)))
        if not informative.any():
            raise InputError(
                f"all {len(sample.masks)} masks are equal: a datamodel needs models trained on "
                "different subsets of the training examples."
            )
        return cls(
            sample=sample,
            means=seen / len(sample.masks) if sample.shares is None else sample.mean(sample.masks),
            informative=informative,
        )

    @cached_property
    def output_means(self) -> np.ndarray:
        """Mean output, float64, shape [targets]."""
        return self.sample.mean(self.sample.values)

    def centred(self, masks: np.ndarray) -> np.ndarray:
        """Return masks − means as float32, with the uninformative columns 0."""
        return np.where(self.informative, masks - self.means.astype(np.float32), np.float32(0))

    @property
    def gram_bytes(self) -> int:
        """Memory that `gram` takes."""
        counted = table_type(len(self.sample.masks), self.means)
        each = np.dtype(np.float32 if self.sample.shares is not None else counted).itemsize
        return each * len(self.means) ** 2

    def gram(self, threads: int | None = None) -> Gram:
        """Return 1/m XᵀX."""
        if self.sample.shares is None:
            return count(self.sample.masks, self.means, threads)
        root = np.sqrt(self.sample.shares).astype(np.float32)
        weighted = self.centred(self.sample.masks) * root[:, None]
        with one_blas_thread():
            return covariances(weighted.T @ weighted, self.informative)

    @cached_property
    def constant(self) -> np.ndarray:
        """Targets whose output is the same for all models, int indices."""
        return np.flatnonzero(np.ptp(self.sample.values, axis=0) == 0)

    def centred_values(self, targets: slice) -> np.ndarray:
        """Return outputs − means of some targets, float64 [models, targets]; 0 if constant."""
        centred = self.sample.values[:, targets] - self.output_means[targets]
        centred[:, np.ptp(self.sample.values[:, targets], axis=0) == 0] = 0
        return np.asarray(centred)

    def cross(self, targets: slice, threads: int | None = None) -> np.ndarray:
        """Return 1/m YᵀX of some targets, float32, shape [targets, train]."""
        return self.correlate(self.centred_values(targets), threads)

    def correlate(self, centred: np.ndarray, threads: int | None = None) -> np.ndarray:
        """Return 1/m RᵀX, float32 [targets, train], of residuals [models, targets] of mean 0."""
        masks, shares = self.sample.masks, self.sample.shares
        rest = centred / len(masks) if shares is None else centred * shares[:, None]
        rows = np.ascontiguousarray(rest.T, np.float32)
        cross = np.empty((len(rows), masks.shape[1]), np.float32)

        def columns(start: int, stop: int) -> None:
            # Centred residuals make the centring of the masks superfluous: their rows sum to 0.
            cross[:, start:stop] = rows @ masks[:, start:stop].astype(np.float32)

        with one_blas_thread():
            over_ranges(columns, masks.shape[1], size=_PANEL, threads=threads)
        cross[:, ~self.informative] = 0
        return cross
