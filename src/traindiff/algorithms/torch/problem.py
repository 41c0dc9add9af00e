"""One dataset made ready for one architecture: tensors, device and a way to build models."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from traindiff.algorithms.preparation import Preparation, deviation
from traindiff.algorithms.randomness import seeded
from traindiff.algorithms.torch.answers import answering, logits_of
from traindiff.algorithms.torch.budget import Budget
from traindiff.algorithms.torch.draws import Draws
from traindiff.algorithms.torch.layout import activation_size
from traindiff.algorithms.torch.models import Apart, Models, initialised
from traindiff.algorithms.torch.recurrent import widest
from traindiff.algorithms.torch.stack import Stack
from traindiff.algorithms.torch.together import Together, try_together
from traindiff.algorithms.torch.weights import check_weights
from traindiff.datasets import Dataset
from traindiff.errors import InputError, TrainingError

__all__ = ["Problem", "explaining_memory", "find_device", "out_of_memory"]

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
CONVOLVED_BYTES = 2**20  # measured: grouped convolutions lose against single ones beyond this
RECURRENT_SIZE = 64  # measured: torch's own recurrences win from larger hidden states on
BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """What every model of one training call shares.

    Parameters
    ----------
    build : callable
        From a model's seed to its module, with its initial weights, on the device.
    template : nn.Module
        One such module.
    preparation : Preparation
    inputs : tensor, shape [train, ...]
    labels : tensor, shape [train]
        Class indices, or standardised values.
    label_scale : (float, float)
        Mean and standard deviation that bring a regression's outputs back to the label's units.
    activations : int
        How many numbers one example becomes on its way through the module, itself included.
    together : Together
        Whether models can be trained together, and why not.
    """

    build: Callable[[int], nn.Module]
    template: nn.Module
    preparation: Preparation
    inputs: Tensor
    labels: Tensor
    label_scale: tuple[float, float]
    activations: int
    together: Together

    @classmethod
    def of(
        cls,
        data: Dataset,
        build: Callable[[tuple[int, ...], int], nn.Module],
        initial: Mapping[str, Tensor],
        device: torch.device,
        batch_size: int,
        at_once: int | None = None,
    ) -> Self:
        """Prepare ``data`` and check that the module can take it.

        Parameters
        ----------
        data : Dataset
        build : callable
            (input_shape, n_outputs) -> module.
        initial : mapping of str to tensor
        device : torch.device
        batch_size : int
        at_once : int, optional
            What a person asked for: that many, even where fewer would be faster.

        Raises
        ------
        InputError
            When the data can't become numbers, or the module refuses it or the initial weights.
        """
        preparation = Preparation.fit(data)
        inputs = torch.from_numpy(preparation(data.inputs)).to(device)
        shape = tuple(inputs.shape[1:])
        labels, scale = _labels(data)

        def built(seed: int, weights: Mapping[str, Tensor] = initial) -> nn.Module:
            make = partial(build, shape, data.n_outputs)
            made = initialised(make, seed, weights, inputs[:1].cpu()).to(device)
            return answering(made, data.n_outputs)

        with _explained(shape):
            template = built(0, {})
            logits_of(template(inputs[:2].clone()), len(inputs[:2]), data.n_outputs)
            check_weights(template, initial)
            together = try_together(built, inputs)
            convolved = activation_size(template, inputs[:2].clone(), CONVOLUTIONS)
            activations = activation_size(template, inputs[:2].clone())
        slower = 4 * batch_size * convolved > CONVOLVED_BYTES and device.type == "cpu"
        if slower and at_once in (None, 1):
            together = replace(together, reason="its convolutions are faster one model at a time")
        elif widest(template) > RECURRENT_SIZE and at_once in (None, 1) and device.type == "cpu":
            together = replace(together, reason="its recurrence is faster one model at a time")
        elif at_once == 1 and together.reason is None:
            together = replace(together, reason="as asked")
        return cls(
            build=built,
            template=template,
            preparation=preparation,
            inputs=inputs,
            labels=labels.to(device),
            label_scale=scale,
            activations=inputs[0].numel() + activations,
            together=together,
        )

    @property
    def reason(self) -> str | None:
        """Why models are not trained together, where they are not."""
        return self.together.reason

    def check_single(self) -> None:
        """Refuse a module that can't be trained on a batch of one example.

        Raises
        ------
        InputError
            Such as when it normalises over the batch.
        """
        try:
            with seeded(0):
                self.template.train()(self.inputs[:1].clone())
        except ValueError as error:
            raise InputError(
                f"the last batch of an epoch would hold one example, on which the module can't be "
                f"trained ({error}): choose another batch_size or subset fraction."
            ) from error

    def at_once(self, batch_size: int, most: int | None = None) -> int:
        """Return how many models to train together, from the bytes that each one touches a step.

        Always 1 where there is a ``reason``.

        Parameters
        ----------
        batch_size : int
        most : int, optional
            What a person asked for instead.
        """
        if self.reason is not None:
            return 1
        if most is not None:
            return most
        weights = sum(value.numel() for value in self.template.parameters())
        touched = 4 * (4 * weights + 2 * batch_size * self.activations)
        return Budget.of(self.inputs.device).at_once(touched)

    @property
    def padding(self) -> bool:
        """Whether a batch may be padded: not where statistics or draws would see it."""
        normalised = any(isinstance(each, BATCH_NORMS) for each in self.template.modules())
        drawing = self.together.draws  # padding would draw, too
        return not (normalised or drawing or list(self.template.buffers()))

    def models(self, seeds: Sequence[int]) -> Models:
        """Return fresh models, one for each seed."""
        modules = [self.build(seed) for seed in seeds]
        if self.reason is not None or len(seeds) == 1:
            return Apart(modules=modules)
        return Stack.of(modules, self.inputs.device, drawing=self.together.draws)

    def restored(self, arrays: Mapping[str, np.ndarray]) -> Models:
        """Return models whose state is given by name, [models, ...]."""
        if self.reason is None:
            return Stack.from_arrays(self.template, arrays)
        return Apart.from_arrays(partial(self.build, 0), arrays)

    def drawing(self, seeds: Sequence[int], models: Models) -> AbstractContextManager[Any]:
        """Return the context in which the layers of ``models`` draw while they train."""
        if not self.together.draws:
            return nullcontext()
        return Draws(seeds, stacked=isinstance(models, Stack))

    def examples_at_once(self, models: int) -> int:
        """Return how many examples to give ``models`` models in one prediction."""
        return max(1, Budget.of(self.inputs.device).working // (4 * models * self.activations))


def find_device(name: str) -> torch.device:
    """Return the device called ``name``; "auto" is the first of cuda, mps and cpu that is there.

    Raises
    ------
    InputError
        When there is no such device.
    """
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    if name == "auto":
        return torch.device("cpu") if accelerator is None else accelerator
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f"device {name!r} is unknown: give auto, cpu, cuda or mps.") from error
    if device.type != "cpu" and (accelerator is None or accelerator.type != device.type):
        raise InputError(f"device {name!r} is not available here: give auto or cpu.")
    return device


def out_of_memory(error: Exception) -> bool:
    """Tell whether an error says that memory ran out, on any device."""
    # On a CPU, torch raises a plain RuntimeError.
    kinds = (MemoryError, torch.OutOfMemoryError)
    return isinstance(error, kinds) or "can't allocate memory" in str(error)


@contextmanager
def explaining_memory(what: str) -> Iterator[None]:
    """Say what to do where memory runs out within the block, on any device.

    Raises
    ------
    TrainingError
        In place of the library's error.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        raise TrainingError(
            f"{what}: memory ran out: give a smaller batch_size or module, or fewer workers."
        ) from error


def _labels(data: Dataset) -> tuple[Tensor, tuple[float, float]]:
    if data.class_names is not None:
        return torch.from_numpy(data.labels.astype(np.int64)), (0.0, 1.0)
    middle, spread = float(data.labels.mean()), float(deviation(data.labels))
    return torch.from_numpy(((data.labels - middle) / spread).astype(np.float32)), (middle, spread)


@contextmanager
def _explained(shape: tuple[int, ...]) -> Iterator[None]:
    """Say what it was about where a person's module raises, whatever it raises."""
    try:
        with seeded(0):
            yield
    except InputError:
        raise
    except Exception as error:
        if out_of_memory(error):
            raise
        reason = str(error).strip().partition("\n")[0] or "no message"
        raise InputError(
            f"the module can't take examples of shape {shape}: {type(error).__name__}: {reason}"
        ) from error
