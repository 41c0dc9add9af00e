"""Your own Python function as a learning algorithm, one model at a time."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from traindiff import seeding
from traindiff.algorithms.checks import check_masks, model_label
from traindiff.algorithms.randomness import seeded
from traindiff.datasets import Dataset
from traindiff.errors import InputError
from traindiff.identity import check_identity, code_hash, plain
from traindiff.plugin import check_arguments, resolve
from traindiff.progress import Advance

__all__ = ["FunctionAlgorithm", "FunctionEnsemble"]

Predict = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, kw_only=True, eq=False)
class FunctionAlgorithm:
    """Train every model by a function ``train(inputs, labels, seed, **arguments) -> predict``.

    It gets the examples of one model's subset, as in `Dataset.inputs` and `Dataset.labels`, and a
    seed below 2**63 that must decide all its randomness (``np.random.default_rng(seed)``,
    ``torch.manual_seed(seed)``; ``seed % 2**32`` for libraries that take no more). The global
    generators of `random`, NumPy and torch are set from it, too. The function it returns,
    ``predict(inputs)``, gives logits, shape [examples, classes] with a column for every class of
    the dataset, or for regression values, shape [examples].

    Parameters
    ----------
    name : str
    function : function
    arguments : mapping of str to JSON-like values
        What the function gets besides.
    version : str, optional
        Change it when something changes that the function's source file does not show: another
        module it uses, a file it reads. Needed for functions that no source file defines by their
        name: a lambda, one made within another function, one typed in.

    Raises
    ------
    InputError
        When it is no function, does not take these arguments, or could change unnoticed.

    Examples
    --------
    >>> def mean(inputs, labels, seed):
    ...     return lambda new: np.full(len(new), labels.mean())
    >>> algorithm = FunctionAlgorithm(name="A", function=mean, version="1")
    >>> algorithm.describe()["version"]
    '1'
    """

    name: str
    function: Callable[..., Predict]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    version: str | None = None

    def __post_init__(self) -> None:
        """Check that the function can be called so, and be told from its other versions."""
        if not inspect.isfunction(self.function):
            raise InputError(
                f"{self.name}: expected a function train(inputs, labels, seed, ...), found "
                f"{self.function!r}; FunctionAlgorithm.named takes 'module:function'."
            )
        object.__setattr__(self, "arguments", dict(self.arguments))
        check_arguments(self.function, ("inputs", "labels", "seed"), self.arguments, self._path)
        check_identity(self.function, self.version, f"{self.name}:")
        plain(self.arguments)

    @classmethod
    def named(
        cls,
        function: str,
        *,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        version: str | None = None,
    ) -> "FunctionAlgorithm":
        """Return the algorithm of the function called "module:function".

        Its module may lie in the current directory.

        Raises
        ------
        InputError
            When there is no such function, or it is unusable.
        """
        return cls(
            name=name, function=resolve(function), arguments=arguments or {}, version=version
        )

    @property
    def _path(self) -> str:
        return f"{self.function.__module__}.{self.function.__qualname__}"

    def describe(self) -> dict[str, Any]:
        """Return the function's name, a hash of its source file, its arguments and version."""
        return {
            "kind": "function",
            "function": self._path,
            "arguments": plain(self.arguments),
            "code": code_hash(self.function),
            "version": self.version,
        }

    def check(self, data: Dataset) -> None:
        """Accept any data: only the function knows what it can learn from."""

    def train(
        self, data: Dataset, masks: np.ndarray, seeds: Sequence[int], advance: Advance
    ) -> "FunctionEnsemble":
        """Call the function once per row of ``masks`` (see `Algorithm.train`).

        What the function raises is left as it is.

        Raises
        ------
        InputError
            When masks and seeds do not fit ``data``, or the function returns no function.
        """
        check_masks(data, masks, seeds)
        models = []
        for index, (mask, seed) in enumerate(zip(masks, seeds, strict=True)):
            # Of a function that forgets its seed, most still draw by it.
            with seeded(seeding.derive(seed, "function")):
                model = self.function(
                    data.inputs[mask], data.labels[mask], int(seed), **self.arguments
                )
            if not callable(model):
                raise InputError(
                    f"{model_label(self.name, index, seeds)}: {self._path} must return a function "
                    f"predict(inputs), found {type(model).__name__}."
                )
            models.append(model)
            advance(1)
        return FunctionEnsemble(
            name=self.name,
            models=tuple(models),
            seeds=tuple(seeds),
            n_classes=None if data.class_names is None else len(data.class_names),
        )

    def restore(self, data: Dataset, arrays: Mapping[str, np.ndarray]) -> "FunctionEnsemble":
        """Refuse: a function's models have no arrays to be restored from (`Ensemble.arrays`)."""
        raise InputError(f"{self.name}: a function's models are trained again, never restored.")


@dataclass(frozen=True, kw_only=True, eq=False)
class FunctionEnsemble:
    """What a function returned for each model.

    Parameters
    ----------
    name : str
        The algorithm's.
    models : tuple of callables
        Each model's ``predict(inputs)``.
    seeds : tuple of int
        Each model's seed.
    n_classes : int or None
        None for regression.
    """

    name: str
    models: tuple[Predict, ...]
    seeds: tuple[int, ...]
    n_classes: int | None

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return logits or predicted values (see `Ensemble.predict`).

        A model that returns NaN or infinite numbers has diverged: its row says so.

        Raises
        ------
        InputError
            When a model returns anything but numbers of the right shape.
        """
        outputs = np.empty((len(self.models), len(inputs), self.n_classes or 1), dtype=np.float32)
        for index, model in enumerate(self.models):
            # A copy, so that a model that works in place can't change what the next one sees.
            with seeded(seeding.derive(self.seeds[index], "predict")):
                answer = model(inputs.copy())
            values = self._checked(index, answer, len(inputs))
            with np.errstate(over="ignore"):
                outputs[index] = values.reshape(outputs[index].shape)
        return outputs

    def arrays(self) -> None:
        """Return None: only training again restores these models."""

    def _checked(self, index: int, returned: Any, count: int) -> np.ndarray:
        regression = self.n_classes is None
        shapes = [(count,), (count, 1)] if regression else [(count, self.n_classes)]
        values = _as_array(returned)
        if values.dtype.kind not in "iuf" or values.shape not in shapes:
            axes = "values [examples]" if regression else "logits [examples, classes]"
            raise InputError(
                f"{model_label(self.name, index, self.seeds)}: predict must return {axes} of shape "
                f"{shapes[0]}, found {type(returned).__name__} of {values.dtype} and shape "
                f"{values.shape}."
            )
        return values


def _as_array(returned: Any) -> np.ndarray:
    if hasattr(returned, "detach"):  # a tensor, which may hold its graph or lie on a GPU
        returned = returned.detach().cpu()
        returned = returned.float() if returned.is_floating_point() else returned
    try:
        return np.asarray(returned)
    except ValueError:
        # Rows of different lengths: as objects, they get the message about their shape.
        return np.asarray(returned, dtype=object)
