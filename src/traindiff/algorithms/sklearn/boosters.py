"""Parameters that gradient boosting libraries take without knowing them."""

import inspect
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from traindiff.algorithms.sklearn.seeds import parts
from traindiff.errors import InputError, unknown

__all__ = ["check_parameters"]


def check_parameters(name: str, estimator: Any) -> None:
    """Refuse a parameter that a part's library does not know.

    XGBoost and LightGBM take any keyword, and train as if a mistyped one had not been given.

    Raises
    ------
    InputError
        Naming the parameter.
    """
    for _, part in parts(estimator):
        find = _LIBRARIES.get(type(part).__module__.partition(".")[0])
        if find is None:
            continue
        named = [each for kind in type(part).__mro__ for each in _signature(kind)]
        given = part.get_params(deep=False)
        for wrong in find({each: given[each] for each in given if each not in named}):
            raise InputError(
                f"{name}: {unknown('parameter', wrong, named, type(part).__qualname__)}"
            )


def _signature(kind: type) -> list[str]:
    try:
        return list(inspect.signature(kind).parameters)
    except (TypeError, ValueError):
        return []


def _xgboost(more: Mapping[str, Any]) -> list[str]:
    """Return which of ``more`` than its signature XGBoost leaves unused, by its own word."""
    if not more:
        return []
    import xgboost

    data = xgboost.DMatrix(np.eye(2), label=np.arange(2))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        xgboost.train({**more, "verbosity": 1}, data, num_boost_round=1)
    unused = " ".join(str(each.message) for each in said if "are not used" in str(each.message))
    return [name for name in more if f'"{name}"' in unused]


def _lightgbm(more: Mapping[str, Any]) -> list[str]:
    """Return which of ``more`` than its signature are in no list of LightGBM's parameters."""
    if not more:
        return []
    from lightgbm.basic import _ConfigAliases

    aliases = _ConfigAliases._get_all_param_aliases()
    known = {*aliases, *(each for names in aliases.values() for each in names)}
    return [name for name in more if name not in known]


_LIBRARIES: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "lightgbm": _lightgbm,
    "xgboost": _xgboost,
}
