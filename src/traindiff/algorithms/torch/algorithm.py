"""PyTorch learning algorithms, many models at once."""

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import torch

from traindiff import seeding
from traindiff.algorithms.checks import check_masks
from traindiff.algorithms.randomness import seeded
from traindiff.algorithms.torch.batches import Augmenter, batches, groups
from traindiff.algorithms.torch.ensemble import TorchEnsemble
from traindiff.algorithms.torch.layout import calm, one_thread
from traindiff.algorithms.torch.models import Models
from traindiff.algorithms.torch.modules import ModuleFactory, build, describe_factory
from traindiff.algorithms.torch.problem import (
    Problem,
    explaining_memory,
    find_device,
    out_of_memory,
)
from traindiff.algorithms.torch.train import (
    OPTIMIZERS,
    SCHEDULES,
    Loss,
    classification,
    rate,
    regression,
    train_models,
)
from traindiff.algorithms.torch.weights import load_weights, weights_hash
from traindiff.augment import Augmentation, from_dict
from traindiff.augment.kinds import KINDS
from traindiff.datasets import Dataset
from traindiff.errors import InputError, TrainingError, between, one_of, whole
from traindiff.identity import check_identity, code_identity, plain, versioned
from traindiff.progress import Advance

__all__ = ["TorchAlgorithm"]


@dataclass(frozen=True, kw_only=True)
class TorchAlgorithm:
    """Train PyTorch modules by stochastic gradient descent, many at once.

    Two algorithms trained with the same seeds share initial weights (where shapes agree), batch
    order and the draws of augmentations they have in common.

    Parameters
    ----------
    name : str
        What people call this recipe.
    module : str or callable
        "mlp", "cnn", "package.module:factory", or the factory itself: called with (input_shape,
        n_outputs, **arguments), it returns a module that maps [examples, *input_shape] to
        [examples, n_outputs], or one logit of two classes; in a mapping under "logits", or in a
        tuple as the only such tensor. A function or class that a source file defines by its name.
    arguments : mapping
        Further arguments of the factory, JSON-like.
    optimizer : {"sgd", "adam", "adamw"}
    lr : float
        Learning rate.
    schedule : {"constant", "cosine", "linear"}
        How the learning rate falls; the latter two reach 0 after the last step.
    warmup : float
        Share of the steps, in [0, 1), over which the learning rate rises.
    momentum : float
        Of "sgd"; the others average gradients by themselves.
    weight_decay : float
    label_smoothing : float
        Classification only, in [0, 1).
    epochs, batch_size : int
        The last batch of an epoch may be smaller.
    augment : sequence of Augmentation or mapping
        Applied in order to every training batch: objects of `traindiff.augment`, or what a study
        file writes, such as ``{"kind": "shift", "pixels": 1}``.
    initial_weights : path, optional
        A safetensors file of weights by parameter name; names it lacks keep their random draw.
    device : str
        "auto", "cpu", "cuda" or "mps".
    at_once : int, optional
        Most models trained together; by default from the memory that one touches, and one where
        large convolutions are faster so. Outputs depend on it only through rounding (float32). A
        module that can't be trained together with others is trained by itself, which the plan says.
    version : str, optional
        Change it when something changes that the module's source file does not show. Needed where
        ``module`` is a lambda, a partial, an object or a function made within another.

    Raises
    ------
    InputError
        When a setting is impossible, or another module could be taken for this one.
    """

    name: str
    module: str | ModuleFactory = "mlp"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    optimizer: Literal["sgd", "adam", "adamw"] = "adam"
    lr: float = 0.002
    schedule: Literal["constant", "cosine", "linear"] = "constant"
    warmup: float = 0.0
    momentum: float = 0.0
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    epochs: int = 20
    batch_size: int = 64
    augment: Sequence[Augmentation | Mapping[str, Any]] = ()
    initial_weights: str | Path | None = None
    device: str = "auto"
    at_once: int | None = None
    version: str | None = None

    def __post_init__(self) -> None:
        """Refuse impossible settings."""
        one_of("optimizer", self.optimizer, OPTIMIZERS, "the optimizers are")
        one_of("schedule", self.schedule, SCHEDULES, "the schedules are")
        for setting in ("warmup", "momentum", "label_smoothing"):
            between(setting, getattr(self, setting), 0, 1, below=True)
        for setting in ("lr", "weight_decay"):
            between(setting, getattr(self, setting), 0, float("inf"), below=True)
        for setting in ("epochs", "batch_size", "at_once"):
            whole(setting, 1 if getattr(self, setting) is None else getattr(self, setting))
        if self.momentum and self.optimizer != "sgd":
            raise InputError(
                f"momentum belongs to optimizer 'sgd', found {self.momentum} with "
                f"{self.optimizer!r}: leave it out."
            )
        object.__setattr__(self, "augment", _augmentations(self.augment))
        describe_factory(self.module, self.version)
        for augmentation in self._augmentations:
            check_identity(type(augmentation), self.version, "augment")

    @property
    def _augmentations(self) -> tuple[Augmentation, ...]:
        return cast(tuple[Augmentation, ...], self.augment)

    def describe(self) -> dict[str, Any]:
        """Return every setting that determines the trained models, as JSON-like values."""
        settings = ("optimizer", "lr", "schedule", "warmup", "momentum", "weight_decay")
        more = ("label_smoothing", "epochs", "batch_size", "at_once")
        return {
            "kind": "torch",
            "module": describe_factory(self.module, self.version),
            "arguments": plain(self.arguments),
            **{setting: getattr(self, setting) for setting in settings + more},
            "augment": [_described(augmentation) for augmentation in self._augmentations],
            "initial_weights": weights_hash(self.initial_weights),
            "device": find_device(self.device).type,
            "torch": torch.__version__,
            **versioned(self.version),
        }

    def check(self, data: Dataset) -> None:
        """Raise `InputError` if this algorithm can't learn from ``data``."""
        problem = self._problem(data)
        for augmentation in self._augmentations:
            augmentation.check(problem.inputs.shape[1:])

    def explain(self, data: Dataset) -> str:
        """Return how many models are trained at once, and why no more."""
        problem = self._problem(data)
        if problem.reason is not None:
            asked = f", not {self.at_once}" if (self.at_once or 1) > 1 else ""
            return f"one model at a time{asked}: {problem.reason}"
        return f"{problem.at_once(self.batch_size, self.at_once)} models at once"

    def train(
        self, data: Dataset, masks: np.ndarray, seeds: Sequence[int], advance: Advance
    ) -> TorchEnsemble:
        """Train one model per row of ``masks`` (see `Algorithm.train`).

        Raises
        ------
        InputError
            When masks do not fit, or leave batch normalisation a batch of one example.
        TrainingError
            When memory runs out even for one model at a time.
        """
        check_masks(data, masks, seeds)
        sizes = masks.sum(axis=1)
        with one_thread(), calm(), explaining_memory(self.name):
            problem = self._problem(data)
            at_once = problem.at_once(self.batch_size, self.at_once)
            if (sizes % self.batch_size == 1).any():
                problem.check_single()
            parts = groups(sizes, self.batch_size, at_once, padding=problem.padding)
            trained = []
            for part in parts:
                trained += self._train_fitting(problem, masks[part], [seeds[i] for i in part])
                advance(len(part))
        return TorchEnsemble(
            problem=problem, parts=trained, order=np.argsort(np.concatenate(parts))
        )

    def restore(self, data: Dataset, arrays: Mapping[str, np.ndarray]) -> TorchEnsemble:
        """Return the ensemble whose `TorchEnsemble.arrays` are given."""
        return TorchEnsemble.from_arrays(self._problem(data), arrays)

    def _problem(self, data: Dataset) -> Problem:
        factory = partial(build, self.module, arguments=self.arguments)
        weights = load_weights(self.initial_weights)
        return Problem.of(
            data, factory, weights, find_device(self.device), self.batch_size, self.at_once
        )

    def _train_fitting(
        self, problem: Problem, masks: np.ndarray, seeds: Sequence[int]
    ) -> list[Models]:
        """Train models together; where memory runs out, one half after the other."""
        try:
            return [self._train_part(problem, masks, seeds)]
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
            if len(seeds) == 1:
                raise TrainingError(
                    f"{self.name}: memory ran out training one model: give a smaller batch_size or "
                    "module."
                ) from error
        gc.collect()  # what the attempt held, which its traceback may still tie up
        half = len(seeds) // 2
        return [
            *self._train_fitting(problem, masks[:half], seeds[:half]),
            *self._train_fitting(problem, masks[half:], seeds[half:]),
        ]

    def _train_part(self, problem: Problem, masks: np.ndarray, seeds: Sequence[int]) -> Models:
        shape = tuple(problem.inputs.shape[1:])
        # Only a module trained by itself may draw from generators that all share.
        with seeded(seeding.derive(seeds[0], "module")):
            models = problem.models(seeds)
            train_models(
                models,
                (problem.inputs, problem.labels),
                batches(masks, seeds, epochs=self.epochs, batch_size=self.batch_size),
                Augmenter(augmentations=self._augmentations, input_shape=shape, seeds=seeds),
                drawing=problem.drawing(seeds, models),
                loss=self._loss(problem),
                optimizer=self._optimizer(models),
                rates=self._rates(masks),
            )
        return models

    def _loss(self, problem: Problem) -> Loss:
        if problem.labels.is_floating_point():
            return regression
        return classification(self.label_smoothing)

    def _optimizer(self, models: Models) -> torch.optim.Optimizer:
        momentum = {"momentum": self.momentum} if self.optimizer == "sgd" else {}
        return OPTIMIZERS[self.optimizer](
            models.leaves(), lr=self.lr, weight_decay=self.weight_decay, fused=True, **momentum
        )

    def _rates(self, masks: np.ndarray) -> list[float]:
        steps = self.epochs * -(-int(masks.sum(axis=1).max()) // self.batch_size)
        return [self.lr * rate(self.schedule, self.warmup, step, steps) for step in range(steps)]


def _described(augmentation: Augmentation) -> dict[str, Any]:
    own = type(augmentation) not in KINDS.values()
    told = {"own": code_identity(type(augmentation))} if own else {}
    return {"kind": augmentation.name, **plain(vars(augmentation)), **told}


def _augmentations(given: Sequence[Augmentation | Mapping[str, Any]]) -> tuple[Augmentation, ...]:
    if isinstance(given, str | Mapping | Augmentation):
        raise InputError(
            "augment: expected a list of augmentations, objects or tables such as "
            f"{{'kind': 'shift', 'pixels': 1}}; found {given!r}."
        )
    return tuple(from_dict(each) if isinstance(each, Mapping) else each for each in given)
