"""The evidence of a study with a section [attribute]: attributions of a few checkpoints a side."""

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from traindiff.algorithms import Algorithm, Ensemble
from traindiff.algorithms.grouped import Grouped
from traindiff.algorithms.torch.algorithm import TorchAlgorithm
from traindiff.attribution import attribute
from traindiff.attribution.attribute import METHODS
from traindiff.attribution.base import Method
from traindiff.attribution.checkpoints import Checkpoint, content_hash, read_checkpoint
from traindiff.attribution.predict import predict
from traindiff.datamodels.base import Quality
from traindiff.datasets import Dataset
from traindiff.errors import InputError, unknown
from traindiff.outputs import OUTPUT_FUNCTIONS, Outputs
from traindiff.progress import Progress
from traindiff.store import Pieces
from traindiff.study.settings import AttributeSettings
from traindiff.study.validation import construct

__all__ = [
    "Checkpoints",
    "MeanAttribution",
    "attributed",
    "checkpoint_files",
    "contents",
    "method_of",
    "states_of",
    "torch_part",
]


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


def checkpoint_files(pattern: str, where: str) -> list[Path]:
    """Return the files that match ``pattern``, sorted.

    Raises
    ------
    InputError
        When they are fewer than 3.
    """
    paths = [Path(path) for path in sorted(glob.glob(pattern))]
    if len(paths) < 3:
        raise InputError(
            f"{where}: at least 3 checkpoint files are needed, {len(paths)} match {pattern!r}."
        )
    return paths


def contents(paths: Sequence[Path]) -> list[str]:
    """Return the identity of each file's state dict.

    Raises
    ------
    InputError
        When one can't be read.
    """
    return [content_hash(read_checkpoint(path, str(path))) for path in paths]


def states_of(ensemble: Ensemble) -> list[dict[str, np.ndarray]]:
    """Return the state dict of each model of an ensemble of networks."""
    arrays = ensemble.arrays()
    assert arrays is not None, "networks have arrays"
    count = len(next(iter(arrays.values())))
    return [{name: values[index] for name, values in arrays.items()} for index in range(count)]


def attributed(
    algorithm: Algorithm,
    checkpoints: Sequence[Checkpoint],
    train: Dataset,
    targets: Dataset,
    *,
    method: Method,
    output: str,
    seed: int,
    pieces: Pieces,
    progress: Progress,
) -> Checkpoints:
    """Attribute the outputs of checkpoints on ``targets``.

    Parameters
    ----------
    algorithm : Algorithm
        A `TorchAlgorithm`, or one `Grouped`.
    checkpoints : sequence of path or mapping
    train, targets : Dataset
        The train axis (of groups: exemplars) and the targets axis.
    method, output, seed, pieces, progress
        As for `traindiff.attribute`.
    """
    grouped = algorithm if isinstance(algorithm, Grouped) else None
    network = torch_part(algorithm, algorithm.name)
    data = (train if grouped is None else grouped.examples, targets)
    scores = attribute(
        network,
        checkpoints,
        data,
        method=method,
        output=output,
        groups=None if grouped is None else grouped.groups,
        device=network.device,
        seed=seed,
        store=pieces,
        progress=progress,
    )
    logits = predict(network, checkpoints, data, device=network.device)
    return Checkpoints(scores=scores, outputs=_outputs(logits, train, targets, output))


def _outputs(logits: np.ndarray, train: Dataset, targets: Dataset, output: str) -> Outputs:
    classes = targets.class_names is not None
    return Outputs(
        masks=np.ones((len(logits), len(train)), dtype=bool),
        values=OUTPUT_FUNCTIONS[output](logits, targets.labels),
        predictions=logits.argmax(axis=-1) if classes else None,
    )
