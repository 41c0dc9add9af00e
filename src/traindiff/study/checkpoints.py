"""The evidence of a study with a section [attribute]: attributions of a few checkpoints a side."""

import glob
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from traindiff.algorithms import Algorithm, Ensemble
from traindiff.algorithms.grouped import Grouped
from traindiff.algorithms.torch_algorithm import TorchAlgorithm
from traindiff.attribution import attribute
from traindiff.attribution.attributing import METHODS
from traindiff.attribution.base import Method
from traindiff.attribution.checkpoints import read_checkpoint
from traindiff.datamodels.base import Quality
from traindiff.datasets import Dataset
from traindiff.datasets.names import unknown
from traindiff.errors import InputError
from traindiff.outputs import OUTPUT_FUNCTIONS, Outputs
from traindiff.progress import Progress
from traindiff.store import Pieces
from traindiff.study.checked import construct
from traindiff.study.settings import AttributeSettings

__all__ = ["Checkpoints", "MeanAttribution", "attributed", "method_of"]


@dataclass(frozen=True, kw_only=True, eq=False)
class MeanAttribution:
    """Attributions to read: the mean over checkpoints, each scaled to a root mean square of 1.

    Parameters
    ----------
    weights : float32 array, shape [targets, train]
    lds : None
        Not measured: no models on random subsets were trained.
    """

    weights: np.ndarray
    lds: Quality | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Checkpoints:
    """What a side's checkpoints say, and how they attribute it.

    Parameters
    ----------
    scores : float32 array, shape [checkpoints, targets, train]
    outputs : Outputs
        Every mask is full: each checkpoint saw all training examples.
    """

    scores: np.ndarray
    outputs: Outputs

    @property
    def mean(self) -> MeanAttribution:
        """The scores to read."""
        sizes = np.sqrt(np.square(self.scores, dtype=np.float64).mean(axis=(1, 2)))
        scaled = np.tensordot(1 / sizes, self.scores, axes=1) / len(sizes)
        return MeanAttribution(weights=np.asarray(scaled, np.float32))


def method_of(settings: AttributeSettings) -> Method:
    """Return the attribution method that a section [attribute] describes.

    Raises
    ------
    InputError
        When there is no such method, or it does not take a setting.
    """
    if settings.method not in METHODS:
        raise InputError(
            "attribute: " + unknown("method", settings.method, METHODS, "the methods are")
        )
    return construct(METHODS[settings.method], settings.arguments, "attribute")


def torch_part(algorithm: Algorithm, where: str) -> TorchAlgorithm:
    """Return the algorithm whose checkpoints have gradients.

    Raises
    ------
    InputError
        When it is no PyTorch algorithm.
    """
    inner = algorithm.algorithm if isinstance(algorithm, Grouped) else algorithm
    if not isinstance(inner, TorchAlgorithm):
        raise InputError(
            f"[attribute] needs gradients: {where} must have kind = 'torch'. Leave [attribute] out "
            "to compare models trained on random subsets, of any kind."
        )
    return inner


def read_states(pattern: str, where: str) -> dict[str, np.ndarray]:
    """Return the state dicts of the files that match ``pattern``, by name, [checkpoints, ...].

    Raises
    ------
    InputError
        When fewer than 3 files match, or they differ in names or shapes.
    """
    paths = sorted(glob.glob(pattern))
    if len(paths) < 3:
        raise InputError(
            f"{where}: at least 3 checkpoint files are needed, {len(paths)} match {pattern!r}."
        )
    states = [read_checkpoint(path) for path in paths]
    shapes = [{name: tuple(value.shape) for name, value in state.items()} for state in states]
    for path, shape in zip(paths, shapes, strict=True):
        if shape != shapes[0]:
            raise InputError(f"{where}: {path} has other parameters than {paths[0]}.")
    return {name: np.stack([state[name].numpy() for state in states]) for name in shapes[0]}


def attributed(
    algorithm: Algorithm,
    ensemble: Ensemble,
    train: Dataset,
    targets: Dataset,
    *,
    method: Method,
    output: str,
    seed: int,
    pieces: Pieces,
    progress: Progress,
) -> Checkpoints:
    """Attribute the outputs of an ensemble's models on ``targets``.

    Parameters
    ----------
    algorithm : Algorithm
        A `TorchAlgorithm`, or one `Grouped`.
    ensemble : Ensemble
    train, targets : Dataset
        The train axis (of groups: exemplars) and the targets axis.
    method, output, seed, pieces, progress
        As for `traindiff.attribute`.
    """
    grouped = algorithm if isinstance(algorithm, Grouped) else None
    arrays = ensemble.arrays()
    assert arrays is not None, "networks have arrays"
    scores = attribute(
        torch_part(algorithm, algorithm.name),
        _states(arrays),
        (train if grouped is None else grouped.examples, targets),
        method=method,
        output=output,
        groups=None if grouped is None else grouped.groups,
        seed=seed,
        store=pieces,
        progress=progress,
    )
    return Checkpoints(
        scores=scores, outputs=_outputs(ensemble.predict(targets.inputs), train, targets, output)
    )


def _states(arrays: Mapping[str, np.ndarray]) -> Sequence[dict[str, Any]]:
    count = len(next(iter(arrays.values())))
    return [{name: values[index] for name, values in arrays.items()} for index in range(count)]


def _outputs(logits: np.ndarray, train: Dataset, targets: Dataset, output: str) -> Outputs:
    classes = targets.class_names is not None
    return Outputs(
        masks=np.ones((len(logits), len(train)), dtype=bool),
        values=OUTPUT_FUNCTIONS[output](logits, targets.labels),
        predictions=logits.argmax(axis=-1) if classes else None,
    )
