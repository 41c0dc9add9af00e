"""Ridge models in closed form: what makes frozen, pre-trained features cheap to study."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import sklearn

from traindiff.algorithms.checks import check_masks
from traindiff.algorithms.closed_form.feature_maps import (
    FEATURES,
    FeatureFrame,
    FeatureMap,
    find_features,
)
from traindiff.algorithms.closed_form.problem import RidgeProblem
from traindiff.datasets import Dataset
from traindiff.errors import positive
from traindiff.identity import check_identity, code_identity, fingerprint, plain, versioned
from traindiff.progress import Advance

__all__ = ["ClosedFormAlgorithm", "ClosedFormEnsemble"]


@dataclass(frozen=True, kw_only=True)
class ClosedFormAlgorithm:
    """Ridge regression on fixed features; all subsets share one Gram matrix.

    The same models as refitting scikit-learn's `Ridge` (or `RidgeClassifier`, but for its coding of
    classes) on each subset. A model is determined by its subset: it has no randomness of its own.

    Classes are fitted as columns of 0 and 1, and a model's logits are its fitted values, in units
    of one label.

    Parameters
    ----------
    name : str
    features : str or callable
        "raw": the prepared inputs, flattened. "random": random Fourier features of them
        (`sklearn.kernel_approximation.RBFSampler`, with ``arguments``). Or your own function, or
        its path "package.module:function": called with (inputs, **arguments), it returns float
        features [examples, columns]; such as a pre-trained network's. A function that a source
        file defines by its name.
    arguments : mapping
        Of the features, JSON-like.
    alpha : float
        Penalty on the squared weights, > 0, as scikit-learn's.
    standardise : bool
        Scale features to mean 0 and standard deviation 1 over all training examples first.
    version : str, optional
        Change it when something changes that the function's source file does not show, such as a
        network's weights. Needed where ``features`` is a lambda, a partial, an object or a function
        made within another.

    Raises
    ------
    InputError
        When alpha is not positive, the features are unknown, or others could be taken for them.
    """

    name: str
    features: str | FeatureMap = "raw"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    alpha: float = 1.0
    standardise: bool = False
    version: str | None = None

    def __post_init__(self) -> None:
        """Refuse impossible settings."""
        positive("alpha", self.alpha)
        self._features()

    @property
    def chunk(self) -> int:
        """Many models a task: to write 64 would take as long as solving them."""
        return 512

    def describe(self) -> dict[str, Any]:
        """Return every setting that determines the trained models, as JSON-like values."""
        return {
            "kind": "closed-form",
            "features": self._features(),
            "arguments": plain(self.arguments),
            "alpha": float(self.alpha),
            "standardise": self.standardise,
            "scikit-learn": sklearn.__version__,
            **versioned(self.version),
        }

    def _features(self) -> dict[str, Any]:
        """Return the identity of the features' function."""
        function = find_features(self.features)
        told = code_identity(function)
        if function in FEATURES.values():
            return {"name": told["name"]}
        check_identity(function, self.version, "features")
        return told

    def check(self, data: Dataset) -> None:
        """Raise `InputError` if this algorithm can't learn from ``data``."""
        self.frame(data)

    def frame(self, data: Dataset) -> FeatureFrame:
        """Return how inputs become features; raise `InputError` where they can't."""
        return FeatureFrame.of(data, self.features, self.arguments, standardise=self.standardise)

    def train(
        self, data: Dataset, masks: np.ndarray, seeds: Sequence[int], advance: Advance
    ) -> "ClosedFormEnsemble":
        """Fit one model per row of ``masks`` (see `Algorithm.train`).

        Raises
        ------
        InputError
            When masks do not fit ``data``, or the features are not finite numbers.
        """
        check_masks(data, masks, seeds)
        size = _common_size(masks.sum(axis=1))
        frame, problem = _shared(_Request(self, data, size, _key(self, data, size)))
        weights, bias = problem.fit(masks)
        advance(len(masks))
        return ClosedFormEnsemble(frame=frame, weights=weights, bias=bias)

    def restore(self, data: Dataset, arrays: Mapping[str, np.ndarray]) -> "ClosedFormEnsemble":
        """Return the ensemble whose `ClosedFormEnsemble.arrays` are given."""
        frame = self.frame(data)
        return ClosedFormEnsemble(frame=frame, weights=arrays["weights"], bias=arrays["bias"])


@dataclass(frozen=True, kw_only=True, eq=False)
class ClosedFormEnsemble:
    """Models of one `ClosedFormAlgorithm`.

    Parameters
    ----------
    frame : FeatureFrame
        From inputs to features.
    weights : array, shape [models, features, outputs]
    bias : array, shape [models, outputs]
    """

    frame: FeatureFrame
    weights: np.ndarray
    bias: np.ndarray

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return logits or predicted values (see `Ensemble.predict`)."""
        features = self.frame(inputs)
        outputs = np.einsum("ed,mdc->mec", features, self.weights, optimize=True)
        outputs += self.bias[:, None, :]
        if self.frame.n_outputs > 1:
            # Columns of 0 and 1 sum to 1, and so do their fitted values: the last follows.
            outputs = np.concatenate([outputs, 1 - outputs.sum(axis=2, keepdims=True)], axis=2)
        return np.asarray(outputs, dtype=np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return weights and biases."""
        return {"weights": self.weights, "bias": self.bias}


@dataclass(frozen=True)
class _Request:
    """What `_shared` computes; equal requests have equal keys."""

    algorithm: ClosedFormAlgorithm = field(compare=False)
    data: Dataset = field(compare=False)
    size: int = field(compare=False)
    key: str


def _common_size(sizes: np.ndarray) -> int:
    """Return the size that stands for those of a chunk's subsets, which may differ by chance.

    Then it is rounded to its first four binary digits, so that other chunks find what `_shared`
    computed for this one.
    """
    if (sizes == sizes[0]).all():
        return int(sizes[0])
    middle = float(np.median(sizes))
    step: int = 2 ** max(0, int(middle).bit_length() - 4)
    return max(1, round(middle / step) * step)


def _key(algorithm: ClosedFormAlgorithm, data: Dataset, size: int) -> str:
    return fingerprint([algorithm.describe(), data.fingerprint, size])


@lru_cache(maxsize=2)
def _shared(request: _Request) -> tuple[FeatureFrame, RidgeProblem]:
    """Compute what every chunk of one study shares, once in a process for each side."""
    frame = request.algorithm.frame(request.data)
    features = frame.scaled(frame.train)
    labels = _columns(request.data)
    problem = RidgeProblem.of(features, labels, alpha=request.algorithm.alpha, size=request.size)
    return frame, problem


def _columns(data: Dataset) -> np.ndarray:
    """Return values as one column; classes as columns of 0 and 1, but for the last."""
    if data.class_names is None:
        return np.asarray(data.labels, dtype=np.float64)[:, None]
    return np.asarray(np.eye(data.n_outputs)[data.labels][:, :-1])
