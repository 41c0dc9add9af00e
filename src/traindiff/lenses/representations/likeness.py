"""How alike two representations of the same inputs are: each measure, and what it can't see.

All are made of one matrix product: a representation is first brought into a form of its own (a
basis, or centred and scaled features), and two forms are then multiplied. n is the number of
inputs, p and q the widths; representations are centred.

References
----------
.. [1] Raghu et al., SVCCA, arXiv 1706.05806. [2] Morcos et al., PWCCA, arXiv 1806.05759.
.. [3] Kornblith et al., CKA, arXiv 1905.00414. [4] Song et al., unbiased HSIC, JMLR 2012.
.. [5] Williams et al., Procrustes as a metric, arXiv 2110.14739.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from traindiff.errors import InputError, one_of

__all__ = ["LIKENESSES", "Centred", "Likeness", "alike", "likeness_of"]

KEPT = 0.99
"""Share of the sum of singular values that SVCCA keeps. Of their squares, two or three directions
already hold 99% in a trained layer, and what sets models apart lies in the others."""
RANK = 1e-10
FEWEST = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class Centred:
    """What a measure makes of one representation.

    Parameters
    ----------
    matrix : float array, shape [inputs, columns]
        What is multiplied.
    extra : float array
        What else the measure needs: squared norms of rows, or loadings.
    """

    matrix: np.ndarray
    extra: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Likeness:
    """A measure of how alike two representations are.

    Parameters
    ----------
    name : str
    form : callable
        From centred features, float64 [inputs, width], to their `Centred`.
    compare : callable
        From two forms to a number; higher = more alike, 1 for a representation with itself.
    invariances : frozenset of str
        What changes nothing when done to either representation: "orthogonal", "linear" (any
        invertible map), "scale" (of the whole), "translation", "permutation" (of features).
    symmetric : bool
        Whether the order of the two is indifferent.
    metric : bool
        Whether its arc cosine is a metric.
    by_basis : bool
        Whether only the spanned space counts, so that widths must be small beside n: where p + q
        reaches n, some correlations are 1 whatever the features.
    """

    name: str
    form: Callable[[np.ndarray], Centred]
    compare: Callable[[Centred, Centred], float]
    invariances: frozenset[str]
    symmetric: bool = True
    metric: bool = False
    by_basis: bool = False


def alike(x: np.ndarray, y: np.ndarray, *, measure: str = "unbiased CKA") -> float:
    """Return how alike two representations of the same inputs are.

    Parameters
    ----------
    x, y : array, shapes [inputs, p] and [inputs, q]
        Row i of both is of input i.
    measure : str
        One of `LIKENESSES`.

    Returns
    -------
    float
        Higher = more alike, 1 for a representation with itself. Only unbiased CKA is around 0, and
        may be below it, where the two have nothing to do with each other.

    Raises
    ------
    InputError
        When numbers of inputs differ, a representation is constant or not finite, or the inputs are
        too few for the widths.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(100, 5))
    >>> round(alike(x, 3 * x[:, ::-1] + 1, measure="CKA"), 6)
    1.0
    """
    kind, shapes = likeness_of(measure), (np.shape(x), np.shape(y))
    if {len(shape) for shape in shapes} != {2} or shapes[0][0] != shapes[1][0]:
        raise InputError(
            f"representations must be [inputs, width] of the same inputs, found {shapes[0]} and "
            f"{shapes[1]}."
        )
    forms = [formed(kind, np.asarray(each), "a representation") for each in (x, y)]
    if forms[0] is None or forms[1] is None:
        raise InputError("a representation is the same for every input: nothing to compare.")
    check_width(kind, forms[0], forms[1], "the representation")
    return kind.compare(forms[0], forms[1])


def formed(kind: Likeness, features: np.ndarray, what: str) -> Centred | None:
    """Return the form of raw features; None where they are the same for every input.

    Raises
    ------
    InputError
        When a number is not finite, or there are fewer than 4 inputs.
    """
    values = features.reshape(len(features), -1).astype(np.float64)
    if len(values) < FEWEST:
        raise InputError(f"representations need at least {FEWEST} inputs, found {len(values)}.")
    if not np.isfinite(values).all():
        raise InputError(f"{what} holds NaN or infinity: leave out models that diverged.")
    centred = values - values.mean(axis=0)
    size = np.abs(values).max(initial=0.0)
    if np.abs(centred).max(initial=0.0) <= RANK * size:
        return None
    return kind.form(centred / np.linalg.norm(centred))


def check_width(kind: Likeness, x: Centred, y: Centred, what: str) -> None:
    """Refuse widths at which a measure says 1 whatever the features.

    Raises
    ------
    InputError
        Naming both widths and the number of inputs.
    """
    (n, p), q = x.matrix.shape, y.matrix.shape[1]
    if kind.by_basis and p + q >= n:
        raise InputError(
            f"{what} spans {p} and {q} dimensions over {n} inputs: where their sum reaches the "
            f"number of inputs, {kind.name} finds agreement in any two. Give more inputs, choose "
            "narrower layers, or measure='unbiased CKA'."
        )


def likeness_of(name: str) -> Likeness:
    """Return the measure of a name, or raise `InputError`."""
    return LIKENESSES[one_of("measure", name, LIKENESSES, "representations")]


def _basis(centred: np.ndarray, kept: float = 1.0) -> Centred:
    """Return an orthonormal basis of the columns, and its product with them."""
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    width = int((s > s[0] * RANK).sum())
    if kept < 1:
        width = min(width, int(np.searchsorted(np.cumsum(s) / s.sum(), kept - 1e-12)) + 1)
    return Centred(matrix=u[:, :width], extra=u[:, :width].T @ centred)


def _correlations(x: Centred, y: Centred) -> np.ndarray:
    found = np.linalg.svd(x.matrix.T @ y.matrix, compute_uv=False)
    return np.asarray(np.clip(found, 0, 1))


def _mean_correlation(x: Centred, y: Centred) -> float:
    return float(_correlations(x, y).mean())


def _mean_square(x: Centred, y: Centred) -> float:
    return float((_correlations(x, y) ** 2).mean())


def _projection_weighted(x: Centred, y: Centred) -> float:
    """Weigh each canonical direction by how much of x's own features it carries [2]."""
    u, s, _ = np.linalg.svd(x.matrix.T @ y.matrix, full_matrices=False)
    weights = np.abs(u.T @ x.extra).sum(axis=1)
    return float(np.clip(weights @ s / weights.sum(), 0, 1))


def _scaled(centred: np.ndarray) -> Centred:
    size = np.sqrt(np.linalg.norm(centred.T @ centred))
    return Centred(matrix=centred / size, extra=np.zeros(0))


def _cka(x: Centred, y: Centred) -> float:
    return float(np.linalg.norm(x.matrix.T @ y.matrix) ** 2)


def _unbiased_form(centred: np.ndarray) -> Centred:
    rows = (centred**2).sum(axis=1)
    own = _hsic(float(np.linalg.norm(centred.T @ centred)) ** 2, rows, rows)
    size = max(own, 0.0) ** 0.25 or 1.0
    return Centred(matrix=centred / size, extra=rows / size**2)


def _unbiased_cka(x: Centred, y: Centred) -> float:
    return _hsic(float(np.linalg.norm(x.matrix.T @ y.matrix)) ** 2, x.extra, y.extra)


def _hsic(product: float, x: np.ndarray, y: np.ndarray) -> float:
    """Return the unbiased HSIC of linear kernels [4], from ‖XᵀY‖² and the rows' squared norms.

    With centred features the rows of a kernel sum to 0, so without its diagonal to minus that: no
    [inputs, inputs] matrix is needed.
    """
    n, both = len(x), float(x @ y)
    ends = x.sum() * y.sum() / ((n - 1) * (n - 2)) - 2 * both / (n - 2)
    return float((product - both + ends) / (n * (n - 3)))


def _plain(centred: np.ndarray) -> Centred:
    return Centred(matrix=centred, extra=np.zeros(0))


def _procrustes(x: Centred, y: Centred) -> float:
    """Return the cosine of the angle left after the best rotation: nuclear norm of XᵀY [5]."""
    return float(np.linalg.svd(x.matrix.T @ y.matrix, compute_uv=False).sum())


_ROTATED = frozenset({"orthogonal", "scale", "translation", "permutation"})
_ANY = _ROTATED | {"linear"}

LIKENESSES: dict[str, Likeness] = {
    kind.name: kind
    for kind in (
        Likeness(
            name="unbiased CKA", form=_unbiased_form, compare=_unbiased_cka, invariances=_ROTATED
        ),
        Likeness(name="CKA", form=_scaled, compare=_cka, invariances=_ROTATED),
        Likeness(
            name="Procrustes", form=_plain, compare=_procrustes, invariances=_ROTATED, metric=True
        ),
        Likeness(
            name="CCA", form=_basis, compare=_mean_correlation, invariances=_ANY, by_basis=True
        ),
        Likeness(
            name="squared CCA", form=_basis, compare=_mean_square, invariances=_ANY, by_basis=True
        ),
        Likeness(
            name="SVCCA",
            form=lambda centred: _basis(centred, KEPT),
            compare=_mean_correlation,
            invariances=_ROTATED,
            by_basis=True,
        ),
        Likeness(
            name="PWCCA",
            form=_basis,
            compare=_projection_weighted,
            # The weights are sums over features, which a rotation of them changes.
            invariances=frozenset({"scale", "translation", "permutation"}),
            symmetric=False,
            by_basis=True,
        ),
    )
}
"""Every measure by its name."""
