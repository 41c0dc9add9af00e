"""The lasso solvers that people use, each following one target's whole path of penalties.

Each takes the same centred design [models, train] (float64, Fortran order), its Gram matrix, the
centred output and falling penalties, and returns coefficients [train, penalties]. skglm, celer and
glmnet are measured where they are installed: pip install '.[bench]'
"""

import warnings
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from sklearn import linear_model

Peer = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def sklearn_gram(x: np.ndarray, gram: np.ndarray, y: np.ndarray, grid: np.ndarray) -> np.ndarray:
    return linear_model.lasso_path(x, y, alphas=grid, precompute=gram, Xy=x.T @ y)[1]


def sklearn_cv(x: np.ndarray, gram: np.ndarray, y: np.ndarray, grid: np.ndarray) -> np.ndarray:
    model = linear_model.LassoCV(alphas=grid, fit_intercept=False, precompute=True)
    return np.repeat(model.fit(x, y).coef_[:, None], len(grid), axis=1)


def skglm(x: np.ndarray, gram: np.ndarray, y: np.ndarray, grid: np.ndarray) -> np.ndarray:
    from skglm.datafits import Quadratic
    from skglm.penalties import L1
    from skglm.solvers import AndersonCD

    solver = AndersonCD(tol=1e-4, fit_intercept=False, warm_start=True)
    return solver.path(x, y, Quadratic(), L1(alpha=1.0), alphas=grid)[1]


def celer(x: np.ndarray, gram: np.ndarray, y: np.ndarray, grid: np.ndarray) -> np.ndarray:
    from celer import celer_path

    return celer_path(x, y, "lasso", alphas=grid, tol=1e-4)[1]


def glmnet(x: np.ndarray, gram: np.ndarray, y: np.ndarray, grid: np.ndarray) -> np.ndarray:
    from glmnet import ElasticNet

    model = ElasticNet(
        lambda_path=grid, standardize=False, fit_intercept=False, n_splits=0, tol=1e-7
    )
    return model.fit(x, y).coef_path_


OTHERS = {
    "skglm AndersonCD.path": ("skglm", skglm),
    "celer_path": ("celer", celer),
    "python-glmnet": ("glmnet", glmnet),
}


def peers() -> dict[str, Peer]:
    """Return the solvers at hand, by name."""
    warnings.simplefilter("ignore")  # peers warn that a path's last penalties did not converge
    found: dict[str, Peer] = {"scikit-learn lasso_path, shared Gram": sklearn_gram}
    found |= {name: peer for name, (module, peer) in OTHERS.items() if find_spec(module)}
    return found | {"scikit-learn LassoCV, 5 folds": sklearn_cv}


def absent() -> list[str]:
    """Return the names of the solvers that are not installed."""
    return [name for name, (module, _) in OTHERS.items() if not find_spec(module)]
