"""How each training example moves each output, by checkpoints of a person's own."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from traindiff.algorithms.torch.layout import one_thread
from traindiff.algorithms.torch.problem import find_device
from traindiff.attribution.base import Method
from traindiff.attribution.checkpoints import Checkpoint, listed
from traindiff.attribution.cost import cost_of
from traindiff.attribution.methods.ekfac import Ekfac
from traindiff.attribution.methods.gradients import GradCos, GradDot
from traindiff.attribution.methods.last_layer import LastLayer
from traindiff.attribution.methods.trak import Trak
from traindiff.attribution.scoring import Scoring
from traindiff.attribution.subject import Data, Model, Subject
from traindiff.datasets.groups import Groups
from traindiff.errors import one_of
from traindiff.progress import Advance, Progress, Silent
from traindiff.store import MemoryStore, Pieces, RunStore
from traindiff.threads import available

__all__ = ["METHODS", "attribute", "find_method"]

METHODS: dict[str, Callable[..., Method]] = {
    "ekfac": Ekfac,
    "grad-cos": GradCos,
    "grad-dot": GradDot,
    "last-layer": LastLayer,
    "trak": Trak,
}

WORKING_BYTES = 2**31  # of the checkpoints worked on at a time
STORE = {"what": "attributions"}


def attribute(
    model: Model,
    checkpoints: Sequence[Checkpoint] | Checkpoint,
    data: Data,
    *,
    method: str | Method = "trak",
    output: str | None = None,
    groups: Groups | None = None,
    device: str = "auto",
    seed: int = 0,
    store: str | Path | Pieces | None = None,
    progress: Progress | None = None,
) -> Float32[np.ndarray, "checkpoints targets train"]:
    """Return how each training example moves each target's output, by each checkpoint.

    Parameters
    ----------
    model : nn.Module or TorchAlgorithm
        The architecture of the checkpoints: a module that maps [examples, ...] to logits
        [examples, classes], to one logit of two classes, or to one value a regression; in a
        mapping under "logits", or in a tuple as the only such tensor. Its own weights are not used;
        parameters that require no gradient are taken as given. An algorithm also says how inputs
        are prepared.
    checkpoints : sequence of path, mapping or nn.Module; or one; or a pattern such as "runs/*.pt"
        State dicts of models trained alike, from different seeds: safetensors files, files that
        ``torch.load(..., weights_only=True)`` reads, folders of Hugging Face's, mappings of name to
        tensor, or modules. A state dict may lie under "state_dict", "model_state_dict" or "model";
        a prefix that all its names share, such as "module.", is taken off.
    data : Splits, or pair (train, targets)
        Of Datasets, or of pairs (inputs, labels) of arrays; float labels mean a regression.
    method : {"trak", "last-layer", "grad-dot", "grad-cos", "ekfac"} or Method
        A name stands for the method with its default settings; "ekfac" needs the extra ``ekfac``.
    output : str, optional
        What is explained of a target: "margin" or "negative-cross-entropy" of a classifier,
        "prediction" or "negative-error" of a regression; the first by default.
    groups : Groups, optional
        Scores are summed over each group of training examples.
    device : str
        "auto", "cpu", "cuda" or "mps".
    seed : int
        Of random projections.
    store : path or Pieces, optional
        Where finished checkpoints are kept: a directory, or an open store. What is kept is
        addressed by the content of checkpoint, data and settings: a stale score can't be read.
    progress : Progress, optional

    Returns
    -------
    float32 array, shape [checkpoints, targets, train] (or groups)
        Positive where seeing the training example raises the output of the target. Each checkpoint
        has its own scale. A checkpoint's scores depend on its content, not on the other checkpoints
        or its place among them.

    Raises
    ------
    InputError
        When the model does not take the data or the checkpoints, or a checkpoint diverged.
    StoreError
        When the disk refuses; checkpoints finished before are kept.

    Examples
    --------
    >>> import torch
    >>> rng = np.random.default_rng(0)
    >>> inputs, model = rng.normal(size=(12, 3)).astype("float32"), torch.nn.Linear(3, 2)
    >>> labels = (inputs[:, 0] > 0).astype(int)
    >>> scores = attribute(
    ...     model,
    ...     [model.state_dict()],
    ...     ((inputs[:8], labels[:8]), (inputs[8:], labels[8:])),
    ... )
    >>> scores.shape
    (1, 4, 8)
    """
    every = listed(checkpoints)
    where = find_device(device)
    subject = Subject.of(model, data, where)
    if groups is not None:
        groups.check(len(subject.train))
    meter = progress or Silent()
    units = len(every) * (len(subject.train) + len(subject.targets))
    with _opened(store) as pieces, meter.stage("attributing", units) as advance, one_thread():
        scoring = Scoring(
            subject=subject,
            method=find_method(method),
            output=subject.output(output),
            groups=groups,
            device=where,
            seed=seed,
            pieces=pieces,
            advance=_one_at_a_time(advance),
        )
        return scoring.run(every, _at_a_time(scoring))


def find_method(method: str | Method) -> Method:
    """Return the method of that name, or the one given.

    Raises
    ------
    InputError
        When there is none.
    """
    if not isinstance(method, str):
        return method
    return METHODS[one_of("method", method, METHODS, "the methods are")]()


def _at_a_time(scoring: Scoring) -> int:
    """Return how many checkpoints to work on at a time."""
    if scoring.device.type != "cpu":
        return 1
    working = cost_of(scoring.method, scoring.subject, scoring.axis).working
    return max(1, min(available(), WORKING_BYTES // working))


@contextmanager
def _opened(store: str | Path | Pieces | None) -> Iterator[Pieces]:
    if store is None:
        yield MemoryStore()
    elif isinstance(store, str | Path):
        with RunStore.open(store, STORE) as pieces:
            yield pieces
    else:
        yield store


def _one_at_a_time(advance: Advance) -> Advance:
    lock = threading.Lock()

    def locked(amount: int = 1) -> None:
        with lock:
            advance(amount)

    return locked
