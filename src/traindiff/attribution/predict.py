"""What checkpoints say, one at a time."""

import copy
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from traindiff.algorithms.torch.layout import one_thread
from traindiff.algorithms.torch.problem import find_device
from traindiff.attribution.checkpoints import Checkpoint, called, listed, loaded, read_checkpoint
from traindiff.attribution.subject import Data, Model, Subject

__all__ = ["predict"]


def predict(
    model: Model,
    checkpoints: Sequence[Checkpoint] | Checkpoint,
    data: Data,
    *,
    device: str = "auto",
) -> Float32[np.ndarray, "checkpoints targets classes"]:
    """Return what each checkpoint says about each target.

    Parameters
    ----------
    model, checkpoints, data, device
        As for `traindiff.attribute`.

    Returns
    -------
    float32 array, shape [checkpoints, targets, classes]
        Logits; of a regression its predictions, as one "class".

    Raises
    ------
    InputError
        When the model does not take the data or the checkpoints.
    """
    where = find_device(device)
    subject = Subject.of(model, data, where)

    def of_one(index: int, checkpoint: Checkpoint) -> np.ndarray:
        name = called(checkpoint, index)
        state = read_checkpoint(checkpoint, name)
        network = subject.network(loaded(copy.deepcopy(subject.module), state, name))
        blocks = subject.targets.blocks(network.block, where)
        logits = [network.logits(inputs).float().cpu().numpy() for _, inputs, _ in blocks]
        return np.concatenate(logits)

    with one_thread():
        return np.stack([of_one(index, each) for index, each in enumerate(listed(checkpoints))])
