"""Every layer of every model beside every other: one array of similarities."""

from dataclasses import dataclass

import numpy as np

from traindiff import seeding
from traindiff.errors import InputError
from traindiff.lenses.base import Features
from traindiff.lenses.representations.likeness import Centred, Likeness, check_width, formed

__all__ = ["Similarities", "similarities"]

SHUFFLES = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class Similarities:
    """How alike layers of models are.

    Parameters
    ----------
    layers : tuple of str
        Those in which every model tells inputs apart.
    left_out : tuple of str
        Layers that are the same for every input in some model.
    values : float array, shape [layers, layers, models, models]
        Row of one, column of the other; higher = more alike.
    floor : float array, shape [layers]
        What the measure says of two models when the rows of one are shuffled: its "nothing".
    """

    layers: tuple[str, ...]
    left_out: tuple[str, ...]
    values: np.ndarray
    floor: np.ndarray

    @property
    def dissimilarity(self) -> np.ndarray:
        """1 − similarity of models in the same layer, the mean over layers, [models, models]."""
        same = np.einsum("llij->lij", self.values)
        found = 1 - (same + same.transpose(0, 2, 1)).mean(axis=0) / 2
        np.fill_diagonal(found, 0)
        return np.asarray(found)


def similarities(features: Features, kind: Likeness, *, seed: int) -> Similarities:
    """Compare every layer of every model with every other.

    Raises
    ------
    InputError
        When numbers are not finite, no layer tells inputs apart, or inputs are too few.
    """
    forms = {
        layer: [formed(kind, values, f"layer {layer!r} of model {i}") for i, values in enumerate(m)]
        for layer, m in features.items()
    }
    alive = {
        layer: [form for form in each if form is not None]
        for layer, each in forms.items()
        if None not in each
    }
    if not alive:
        raise InputError(f"every layer is the same for all inputs in some model: {list(forms)}.")
    for layer, each in alive.items():
        widest = max(each, key=lambda form: form.matrix.shape[1])
        check_width(kind, widest, widest, f"layer {layer!r}")
    return Similarities(
        layers=tuple(alive),
        left_out=tuple(forms.keys() - alive.keys()),
        values=_compared(list(alive.values()), kind),
        floor=np.array([_floor(each, kind, seed) for each in alive.values()]),
    )


def _compared(forms: list[list[Centred]], kind: Likeness) -> np.ndarray:
    layers, models = len(forms), len(forms[0])
    flat = [form for layer in forms for form in layer]
    found = np.empty((len(flat), len(flat)))
    for i, x in enumerate(flat):
        for j in range(i, len(flat)):
            found[i, j] = kind.compare(x, flat[j])
            found[j, i] = found[i, j] if kind.symmetric else kind.compare(flat[j], x)
    return found.reshape(layers, models, layers, models).transpose(0, 2, 1, 3)


def _floor(forms: list[Centred], kind: Likeness, seed: int) -> float:
    """Return the mean similarity of models, the rows of one shuffled."""
    rng = seeding.stream(seed, "representations", "floor")
    found = []
    for _ in range(SHUFFLES):
        x, y = (forms[i] for i in rng.integers(len(forms), size=2))
        order = rng.permutation(len(x.matrix))
        extra = x.extra[order] if len(x.extra) == len(x.matrix) else x.extra
        found.append(kind.compare(Centred(matrix=x.matrix[order], extra=extra), y))
    return float(np.mean(found))
