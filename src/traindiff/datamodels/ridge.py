"""Ridge: θ minimises (1/2m) ||y − Xθ||² + (λ/2) ||θ||², from one factorisation (METHOD §2)."""

import numpy as np
from scipy import linalg

from traindiff.datamodels.design import Design
from traindiff.datamodels.path import Path, PathSettings
from traindiff.datamodels.sample import Sample
from traindiff.threads import one_blas_thread, over_ranges

__all__ = ["ridge_path"]

_RANK = 1e-6
_RANGE = 1e6


def ridge_path(
    design: Design,
    settings: PathSettings,
    *,
    choice: Sample | None = None,
    grid: np.ndarray | None = None,
    last: np.ndarray | None = None,
) -> Path:
    """Judge every penalty for every target with one matrix product each.

    The penalties, the same for all targets, fall over six decades from a hundred times the
    mean eigenvalue of the design's covariance. ``settings.smallest`` is the lasso's.

    See Also
    --------
    traindiff.datamodels.path.PathFollower : the parameters.
    """
    n_targets = design.sample.values.shape[1]
    with one_blas_thread():
        spectrum, vectors = _eigen(design, settings.threads)
        if grid is None:
            grid = _grid(design, spectrum, settings.penalties)
        coordinates = design.cross(slice(0, n_targets), settings.threads) @ vectors
        errors = np.full(grid.shape, np.inf)
        if choice is not None:
            parts = (spectrum, vectors, coordinates)
            errors = _errors(design, choice, parts, grid, settings.threads)
        chosen = errors.argmin(axis=1) if last is None else last
        penalty = np.take_along_axis(grid, chosen[:, None], axis=1)
        weights = (coordinates / (spectrum + penalty)) @ vectors.T
    weights[:, ~design.informative] = 0
    return Path(
        weights=weights.astype(np.float32),
        grid=grid,
        errors=errors,
        chosen=chosen,
        residual=np.zeros(n_targets),
    )


def _grid(design: Design, spectrum: np.ndarray, penalties: int) -> np.ndarray:
    largest = 100 * spectrum.sum() / np.count_nonzero(design.informative)
    steps = np.geomspace(largest, largest / _RANGE, penalties)
    return np.broadcast_to(steps.astype(np.float32), (design.sample.values.shape[1], penalties))


def _eigen(design: Design, threads: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Return eigenvalues of 1/m XᵀX and their vectors, from its smaller side."""
    masks = design.sample.masks
    if masks.shape[1] <= len(masks):
        spectrum, vectors = linalg.eigh(
            design.gram(threads).dense(), driver="evd", overwrite_a=True
        )
        return spectrum, vectors
    scaled = design.centred(masks) * np.sqrt(_shares(design.sample)).astype(np.float32)[:, None]
    spectrum, left = linalg.eigh(scaled @ scaled.T, driver="evd", overwrite_a=True)
    keep = spectrum > _RANK * spectrum[-1]
    vectors = scaled.T @ (left[:, keep] / np.sqrt(spectrum[keep]))
    return spectrum[keep], vectors


def _shares(sample: Sample) -> np.ndarray:
    m = len(sample.masks)
    return np.full(m, 1 / m) if sample.shares is None else sample.shares


def _errors(
    design: Design,
    choice: Sample,
    parts: tuple[np.ndarray, np.ndarray, np.ndarray],
    grid: np.ndarray,
    threads: int | None,
) -> np.ndarray:
    """Return the mean squared error of every penalty on the choosing models.

    ``parts``: the spectrum, its vectors and the cross-products in their coordinates.
    """
    spectrum, vectors, coordinates = parts
    projected = design.centred(choice.masks) @ vectors
    truth = (choice.values - design.output_means).astype(np.float32)
    errors = np.empty(grid.shape)

    def judge(start: int, stop: int) -> None:
        for p in range(start, stop):
            rest = truth - projected @ (coordinates / (spectrum + grid[:, p : p + 1])).T
            errors[:, p] = choice.mean(rest * rest)

    over_ranges(judge, grid.shape[1], size=1, threads=threads)
    return errors
