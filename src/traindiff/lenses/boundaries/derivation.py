"""Whether one model is derived from another: fine-tuned, pruned, quantised, distilled from it.

A similarity means nothing by itself. It is held against two bands: models that are known to be
unrelated, and models of the same data from other seeds. Whoever trains on the same data draws the
boundaries alike too, so a model above the first band and inside the second may be either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from traindiff.errors import InputError
from traindiff.lenses.asking import respondent
from traindiff.lenses.boundaries.distances import decision_distances, similarity
from traindiff.lenses.boundaries.neighbours import Neighbours, neighbours
from traindiff.statistics.relabelling import exceedance

__all__ = ["Derivation", "derived_from"]

FEWEST = 3


@dataclass(frozen=True, kw_only=True)
class Reference:
    """How alike to the parent the models of one kind are.

    Parameters
    ----------
    low, high : float
        The least and the most alike.
    p_value : float
        (1 + how many are at least as alike as the model in question) / (1 + how many).
    models : int
    """

    low: float
    high: float
    p_value: float
    models: int


@dataclass(frozen=True, kw_only=True)
class Derivation:
    """How alike a model is to the one it may come from, beside models that do not.

    Parameters
    ----------
    similarity : float
        Cosine of the two decision distance vectors; higher = more alike, 1 for a copy.
    unrelated : Reference
        Models of other data.
    same_data : Reference or None
        Models of the parent's data from other seeds.
    """

    similarity: float
    unrelated: Reference
    same_data: Reference | None

    @property
    def answer(self) -> str:
        """What may be said, in words."""
        if self.similarity <= self.unrelated.high:
            return "No sign of derivation: unrelated models are as alike."
        if self.same_data is None:
            return (
                "More alike than unrelated models: derived from the parent, or trained on the "
                "same data, which nothing here tells apart."
            )
        if self.similarity <= self.same_data.high:
            return (
                "More alike than unrelated models, and no more than models of the same data: "
                "derived from the parent or trained on its data."
            )
        return "Derived: more alike than unrelated models and than models of the same data."


def derived_from(
    model: Any,
    parent: Any,
    inputs: np.ndarray,
    *,
    unrelated: Sequence[Any],
    same_data: Sequence[Any] = (),
    kind: Neighbours = "gaussian",
    pairs: int = 200,
    seed: int = 0,
) -> Derivation:
    """Tell whether a model looks derived from another one.

    Parameters
    ----------
    model, parent : anything that predicts
        As in `traindiff.look`, one model each; the classes of the two may differ.
    inputs : array, shape [examples, ...]
        Inputs of the parent's task.
    unrelated : sequence of models
        At least 3 that do not come from the parent and were trained on other data.
    same_data : sequence of models
        Trained on the parent's data from other seeds; none, or at least 3.
    kind : {"gaussian", "mix-up"}
        How neighbours are made (see `Boundaries`).
    pairs, seed : int

    Returns
    -------
    Derivation

    Raises
    ------
    InputError
        When there are too few models to compare with, or one can't be asked.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> inputs, parent, *others = rng.normal(size=(100, 6)), *rng.normal(size=(6, 6, 4))
    >>> models = [lambda x, w=w: x @ w for w in (parent + 0.1, parent, *others)]
    >>> found = derived_from(*models[:2], inputs, unrelated=models[2:])
    >>> found.similarity > found.unrelated.high, found.unrelated.models
    (True, 5)
    """
    for what, given, least in (("unrelated", unrelated, FEWEST), ("same_data", same_data, 0)):
        if len(given) < least or 0 < len(given) < FEWEST:
            raise InputError(
                f"{what} must hold at least {FEWEST} models, found {len(given)}: fewer make no "
                "band."
            )
    here, there, _ = neighbours(np.asarray(inputs), kind=kind, most=pairs, seed=seed)
    models = (parent, model, *unrelated, *same_data)
    moved = np.concatenate([_distances(each, here, there) for each in models])
    alike = similarity(moved)[0, 1:]
    found, rest, same = np.split(alike, [1, 1 + len(unrelated)])
    return Derivation(
        similarity=float(found[0]),
        unrelated=_reference(float(found[0]), rest),
        same_data=_reference(float(found[0]), same) if len(same) else None,
    )


def _distances(model: Any, here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return one model's decision distances; it is asked alone, so that classes may differ."""
    return decision_distances(*(respondent([model]).respond(each) for each in (here, there)))


def _reference(found: float, alike: np.ndarray) -> Reference:
    return Reference(
        low=float(alike.min()),
        high=float(alike.max()),
        p_value=exceedance(found, alike),
        models=len(alike),
    )
