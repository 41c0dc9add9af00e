"""Every place in an estimator that draws random numbers, seeded from the model's seed."""

from collections.abc import Iterator
from typing import Any

from sklearn.base import clone

from traindiff import seeding
from traindiff.algorithms.randomness import LIBRARY_SEEDS
from traindiff.errors import InputError

__all__ = ["check_seeds", "parts", "seeded_clone"]

OWN = (
    # What gradient boosting libraries put above random_state, if it is given.
    "seed",
    "random_seed",
    "bagging_seed",
    "data_random_seed",
    "drop_seed",
    "extra_seed",
    "feature_fraction_seed",
    "objective_seed",
)


def parts(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every estimator and every other object with a random_state within ``value``.

    Parameters
    ----------
    value : object
        An estimator, or what a parameter of one holds: lists and mappings of them, such as a
        param_grid; a splitter.
    path : str
        Where it is, as in "steps__0__1".

    Yields
    ------
    (str, object)
    """
    if isinstance(value, type):
        return
    if callable(getattr(value, "get_params", None)):
        yield path, value
        yield from _within(value.get_params(deep=False).items(), path)
    elif isinstance(value, dict):
        yield from _within(value.items(), path)
    elif isinstance(value, list | tuple):
        yield from _within(enumerate(value), path)
    elif "random_state" in getattr(value, "__dict__", {}):
        yield path, value


def check_seeds(name: str, estimator: Any) -> None:
    """Refuse a seed of a person's own where it would go before a model's.

    Raises
    ------
    InputError
        Naming the parameter.
    """
    for path, part in parts(estimator):
        given = _params(part)
        for own in OWN:
            if given.get(own) is not None:
                where = f"{path}__{own}".lstrip("_")
                raise InputError(
                    f"{name}: {where} = {given[own]!r} would give every model the same seed: leave "
                    "it out. Each model's own seed decides what its estimator draws."
                )


def seeded_clone(estimator: Any, seed: int) -> Any:
    """Return a clone in which everything that draws does so from ``seed``, by its own name.

    Every random_state, however nested; also that of estimators in lists and grids, and of
    splitters that shuffle, which are no parameters of their own: such a splitter without a seed
    makes other folds each time. A random_state that a person gave is replaced.
    """
    made = clone(estimator)
    names = [name for name in made.get_params() if name.split("__")[-1] == "random_state"]
    made.set_params(**{name: _drawn(seed, name) for name in names})
    reached = {id(made), *map(id, made.get_params().values())}
    for path, part in parts(made):
        if "random_state" in _params(part) and id(part) in reached:
            continue
        drawn = _drawn(seed, f"{path}__random_state".lstrip("_"))
        if callable(getattr(part, "get_params", None)):
            if _takes_seed(part):
                part.set_params(random_state=drawn)
        elif vars(part).get("shuffle", True):
            part.random_state = drawn
    return made


def _within(items: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, value in items:
        yield from parts(value, f"{path}__{name}".lstrip("_"))


def _params(part: Any) -> dict[str, Any]:
    read = getattr(part, "get_params", None)
    return {} if read is None else dict(read(deep=False))


def _takes_seed(part: Any) -> bool:
    """Tell whether random_state is a parameter; CatBoost names only those that are given."""
    code = getattr(type(part).__init__, "__code__", None)
    named = () if code is None else code.co_varnames
    return "random_state" in _params(part) or "random_state" in named


def _drawn(seed: int, name: str) -> int:
    return seeding.derive(seed, name) % LIBRARY_SEEDS
