"""Fixed features: the inputs themselves, random Fourier features, or a person's own function."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from sklearn.kernel_approximation import RBFSampler

from traindiff.algorithms.preparation import Preparation, deviation
from traindiff.datasets import Dataset
from traindiff.errors import InputError
from traindiff.identity import fingerprint, fingerprint_array, plain
from traindiff.plugin import check_arguments, resolve

__all__ = ["FEATURES", "FeatureFrame", "FeatureMap", "find_features"]

FeatureMap = Callable[..., np.ndarray]


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureFrame:
    """From inputs to features, fixed by the whole training set.

    Parameters
    ----------
    function : callable
        (inputs, **arguments) -> features.
    arguments : mapping
    preparation : Preparation or None
        What a built-in function's inputs go through first.
    middle, spread : array, shape [columns]
        Means over the training examples, and what scaled features are divided by.
    train : float64 array, shape [train, columns]
        Features of the training examples, not yet scaled.
    n_outputs : int
    """

    function: FeatureMap
    arguments: Mapping[str, Any]
    preparation: Preparation | None
    middle: np.ndarray
    spread: np.ndarray
    train: np.ndarray
    n_outputs: int

    @classmethod
    def of(
        cls,
        data: Dataset,
        features: str | FeatureMap,
        arguments: Mapping[str, Any],
        *,
        standardise: bool,
    ) -> "FeatureFrame":
        """Compute the training examples' features.

        Raises
        ------
        InputError
            When the features are unknown, refuse the arguments or are not finite numbers.
        """
        function = find_features(features)
        built_in = function in FEATURES.values()
        preparation = Preparation.fit(data) if built_in else None
        inputs = data.inputs if preparation is None else preparation(data.inputs)
        train = _features(function, inputs, arguments)
        return cls(
            function=function,
            arguments=arguments,
            preparation=preparation,
            middle=train.mean(axis=0),
            spread=deviation(train) if standardise else np.ones(train.shape[1]),
            train=train,
            n_outputs=data.n_outputs,
        )

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """Return the features of ``inputs`` [examples, ...]: float64 [examples, columns]."""
        prepared = inputs if self.preparation is None else self.preparation(inputs)
        return self.scaled(_features(self.function, prepared, self.arguments))

    def scaled(self, features: np.ndarray) -> np.ndarray:
        """Return features centred over all training examples, and scaled."""
        scaled: np.ndarray = (features - self.middle) / self.spread
        return scaled


class _Recent:
    """The features computed last in this process, by function, arguments and content of inputs.

    Every chunk of models asks for those of the same training examples and targets, and a network
    takes long to give them.
    """

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._known: OrderedDict[str, tuple[FeatureMap, np.ndarray]] = OrderedDict()

    def __call__(
        self, function: FeatureMap, inputs: np.ndarray, arguments: Mapping[str, Any]
    ) -> np.ndarray:
        # An entry holds its function, so that no other can have the same id meanwhile.
        key = fingerprint([id(function), plain(arguments), fingerprint_array(inputs)])
        with self._lock:
            if key not in self._known:
                self._known[key] = function, _computed(function, inputs, arguments)
                if len(self._known) > self._most:
                    self._known.popitem(last=False)
            self._known.move_to_end(key)
            return self._known[key][1]


_recent = _Recent(4)  # of training examples and targets, of A and B


def _features(function: FeatureMap, inputs: np.ndarray, arguments: Mapping[str, Any]) -> np.ndarray:
    if function is _raw:  # faster than looking them up
        return _computed(function, inputs, arguments)
    return _recent(function, inputs, arguments)


def _computed(function: FeatureMap, inputs: np.ndarray, arguments: Mapping[str, Any]) -> np.ndarray:
    """Return the features of ``inputs``, once they are what they should be; not to be changed."""
    check_arguments(function, ("inputs",), arguments, str(function))
    features = np.asarray(function(inputs, **arguments))
    if features.ndim != 2 or len(features) != len(inputs) or features.dtype.kind not in "fiu":
        raise InputError(
            f"features must be numbers of shape [{len(inputs)} examples, columns], "
            f"found {features.dtype} of shape {features.shape}."
        )
    if not np.isfinite(features).all():
        raise InputError("features hold NaN or infinite values: check the function that made them.")
    features = features.astype(np.float64)
    features.flags.writeable = False
    return features


def _raw(inputs: np.ndarray) -> np.ndarray:
    flat: np.ndarray = inputs.reshape(len(inputs), -1)
    return flat


def _random(
    inputs: np.ndarray, *, columns: int = 512, gamma: float = 1.0, seed: int = 0
) -> np.ndarray:
    sampler = RBFSampler(n_components=columns, gamma=gamma, random_state=seed)
    return np.asarray(sampler.fit_transform(_raw(inputs)))


FEATURES: dict[str, FeatureMap] = {"raw": _raw, "random": _random}


def find_features(features: str | FeatureMap) -> FeatureMap:
    """Return the function that a name, a "package.module:function" path or a function stands for.

    Raises
    ------
    InputError
        When there is no such function.
    """
    if not isinstance(features, str):
        return features
    if features in FEATURES:
        return FEATURES[features]
    if ":" not in features:
        raise InputError(
            f"features {features!r} are unknown: give {', '.join(FEATURES)}, "
            "or 'package.module:function'."
        )
    function = resolve(features)
    if not callable(function):
        raise InputError(f"features {features!r} must be a function.")
    found: FeatureMap = function
    return found
