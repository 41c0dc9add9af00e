"""What hidden layers make of inputs: said by models themselves, or there already as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from traindiff.errors import InputError
from traindiff.lenses.base import Features, Tell

__all__ = ["Featured", "Represented", "by_contract", "chosen_layers", "together"]


@runtime_checkable
class Featured(Protocol):
    """A model, or an ensemble, that tells what its layers make of inputs."""

    def features(self, inputs: np.ndarray | None, layers: tuple[str, ...] | None) -> Any:
        """Return the output of each layer by its name.

        Parameters
        ----------
        inputs : array, shape [examples, ...]
        layers : tuple of str or None
            None: every layer.

        Returns
        -------
        mapping of str to array, shape [examples, ...]
            An ensemble returns a sequence of such arrays for each layer, one a model.
        """
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Represented:
    """The layers of many models over the same inputs, as arrays that are there already.

    Parameters
    ----------
    outputs : array, shape [models, examples, classes] or [models, examples]
        As in `traindiff.look`.
    layers : mapping of str to sequence of arrays, shape [examples, width]
        By layer, one array a model.
    ids : tuple of str, optional
        Names of the examples, so that another order is refused rather than compared.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> hidden = rng.normal(size=(3, 50, 4))
    >>> sorted(Represented(outputs=hidden.sum(-1), layers={"hidden": hidden}).layers)
    ['hidden']
    """

    outputs: np.ndarray
    layers: Mapping[str, Sequence[np.ndarray]]
    ids: tuple[str, ...] | None = None

    def check(self, models: int, examples: int) -> None:
        """Refuse layers that are not of so many models and examples."""
        for layer, each in self.layers.items():
            if len(each) != models or {len(values) for values in each} != {examples}:
                raise InputError(
                    f"layer {layer!r} must have an array for each of {models} models with a row "
                    f"for each of {examples} examples, found {[np.shape(v) for v in each]}."
                )
        if self.ids is not None and len(self.ids) != examples:
            raise InputError(f"expected an id for each of {examples} examples: {len(self.ids)}.")

    def features(self, inputs: np.ndarray | None, layers: tuple[str, ...] | None) -> Features:
        """Return the layers asked for, whatever the inputs."""
        return {name: tuple(self.layers[name]) for name in chosen_layers(layers, self.layers)}


def chosen_layers(layers: tuple[str, ...] | None, known: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the layers asked for: all that are known where None is.

    Raises
    ------
    InputError
        When one is not known.
    """
    missing = [] if layers is None else [name for name in layers if name not in known]
    if missing:
        raise InputError(f"a model has no layer {missing[0]!r}; it has {list(known)[:20]}.")
    return tuple(known) if layers is None else layers


def by_contract(model: Featured) -> Tell:
    """Return what one model's own method tells, as of an ensemble of one."""
    return lambda inputs, layers: {
        layer: (np.asarray(values),) for layer, values in model.features(inputs, layers).items()
    }


def together(members: Sequence[Tell | None]) -> Tell | None:
    """Return what several members tell, one after another, in the layers that all of them have."""
    tells = [tell for tell in members if tell is not None]
    if len(tells) < len(members):
        return None

    def tell(inputs: np.ndarray | None, layers: tuple[str, ...] | None) -> Features:
        told = [each(inputs, layers) for each in tells]
        shared = [layer for layer in told[0] if all(layer in each for each in told)]
        return {layer: tuple(v for each in told for v in each[layer]) for layer in shared}

    return tell
