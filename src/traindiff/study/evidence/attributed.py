"""What the checkpoints of one side say, and which training examples that comes from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from traindiff.algorithms import Algorithm, Ensemble
from traindiff.algorithms.grouped import Grouped
from traindiff.algorithms.torch.algorithm import TorchAlgorithm
from traindiff.attribution.attribute import attribute
from traindiff.attribution.base import Method
from traindiff.attribution.checkpoints import Checkpoint
from traindiff.attribution.predict import predict
from traindiff.datamodels.base import Quality
from traindiff.datasets import Splits
from traindiff.errors import InputError
from traindiff.outputs import OUTPUT_FUNCTIONS, Outputs, confidence
from traindiff.progress import Progress
from traindiff.store import Pieces

__all__ = [
    "Attributed",
    "MeanAttribution",
    "attributed",
    "fits_of",
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
class Attributed:
    """What a side's checkpoints say, and how they attribute it.

    Parameters
    ----------
    scores : float32 array, shape [checkpoints, targets, train]
    outputs : Outputs
        Every mask is full: each checkpoint saw all training examples.
    notes : tuple of str
        Which checkpoints were left out.
    """

    scores: np.ndarray
    outputs: Outputs
    notes: tuple[str, ...] = ()

    @property
    def mean(self) -> MeanAttribution:
        """The scores to read."""
        sizes = np.sqrt(np.square(self.scores, dtype=np.float64).mean(axis=(1, 2)))
        scaled = np.tensordot(1 / sizes, self.scores, axes=1) / len(sizes)
        return MeanAttribution(weights=np.asarray(scaled, np.float32))


def torch_part(algorithm: Algorithm, where: str, section: str = "[attribute]") -> TorchAlgorithm:
    """Return the algorithm whose checkpoints have gradients, which ``section`` needs.

    Raises
    ------
    InputError
        When it is no PyTorch algorithm.
    """
    inner = algorithm.algorithm if isinstance(algorithm, Grouped) else algorithm
    if not isinstance(inner, TorchAlgorithm):
        raise InputError(
            f"{section} needs gradients: {where} must have kind = 'torch'. Leave it out "
            "to compare models trained on random subsets, of any kind."
        )
    return inner


def attributed(
    algorithm: Algorithm,
    checkpoints: Sequence[Checkpoint],
    splits: Splits,
    *,
    method: Method,
    output: str,
    seed: int,
    pieces: Pieces,
    progress: Progress,
) -> Attributed:
    """Attribute the outputs of checkpoints on ``targets``.

    Parameters
    ----------
    algorithm : Algorithm
        A `TorchAlgorithm`, or one `Grouped`.
    checkpoints : sequence of path or mapping
    splits : Splits
        Of groups of training examples, their exemplars.
    method, output, seed, pieces, progress
        As for `traindiff.attribute`.
    """
    grouped = algorithm if isinstance(algorithm, Grouped) else None
    network = torch_part(algorithm, algorithm.name)
    data = (splits.train if grouped is None else grouped.examples, splits.targets)
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
    return Attributed(scores=scores, outputs=_outputs(logits, splits, output))


def fits_of(
    network: TorchAlgorithm, checkpoints: Sequence[Checkpoint], splits: Splits, output: str
) -> np.ndarray:
    """Return what checkpoints say of the training examples themselves, [checkpoints, train]."""
    data = (splits.train, splits.train)
    # One at a time: logits of all training examples are large.
    of_each = (predict(network, [each], data, device=network.device) for each in checkpoints)
    return np.vstack([OUTPUT_FUNCTIONS[output](each, splits.train.labels) for each in of_each])


def states_of(ensemble: Ensemble) -> list[dict[str, np.ndarray]]:
    """Return the state dict of each model of an ensemble of networks."""
    arrays = ensemble.arrays()
    if arrays is None:
        raise InputError(
            "attributions need networks whose parameters and buffers are all that their answers "
            "depend on; this module changes plain attributes as it trains: make them buffers."
        )
    count = len(next(iter(arrays.values())))
    return [{name: values[index] for name, values in arrays.items()} for index in range(count)]


def _outputs(logits: np.ndarray, splits: Splits, output: str) -> Outputs:
    classes = splits.targets.class_names is not None
    return Outputs(
        masks=np.ones((len(logits), len(splits.train)), dtype=bool),
        values=OUTPUT_FUNCTIONS[output](logits, splits.targets.labels),
        predictions=logits.argmax(axis=-1) if classes else None,
        confidences=confidence(logits) if classes else None,
    )
