"""What is attributed: an architecture, and the examples in the form that it takes."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import nn

from traindiff.algorithms.preparation import Preparation
from traindiff.algorithms.torch.algorithm import TorchAlgorithm
from traindiff.algorithms.torch.answers import answering
from traindiff.algorithms.torch.modules import build
from traindiff.attribution.examples import Examples
from traindiff.attribution.network import OUTPUTS, Network, Output
from traindiff.datasets import Dataset, Splits
from traindiff.errors import InputError, one_of

__all__ = ["Data", "Model", "Subject"]

Model = nn.Module | TorchAlgorithm
Data = Splits | Sequence[Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """An architecture and its data.

    Parameters
    ----------
    module : nn.Module
        A copy of the person's own, in evaluation mode; its weights are never used.
    train, targets : Examples
    label_scale : (float, float)
        See `Network.label_scale`.
    """

    module: nn.Module
    train: Examples
    targets: Examples
    label_scale: tuple[float, float] = (0.0, 1.0)

    @classmethod
    def of(cls, model: Model, data: Data, device: torch.device) -> Self:
        """Bring a model and data together.

        Raises
        ------
        InputError
            When the data are not a Splits or a pair, or the model does not take them.
        """
        if not isinstance(model, nn.Module | TorchAlgorithm):
            raise InputError(
                f"the model must be an nn.Module or a TorchAlgorithm, found {model!r}: of a class "
                "give an object, of a compiled or wrapped model the one within."
            )
        parts = (data.train, data.targets) if isinstance(data, Splits) else tuple(data)
        if len(parts) != 2:
            raise InputError(
                "data must be a Splits, or a pair (train, targets) of Datasets or of (inputs, "
                f"labels); found {len(parts)} parts."
            )
        if isinstance(model, TorchAlgorithm):
            found = cls._of_algorithm(model, *parts)
        else:
            train, targets = (
                Examples.of(part, name)
                for part, name in zip(parts, ("train", "targets"), strict=True)
            )
            found = cls(module=copy.deepcopy(model), train=train, targets=targets)
        answering(found.module.to(device).eval(), found.least_outputs, more=True)
        found.check(device)
        return found

    @classmethod
    def _of_algorithm(cls, algorithm: TorchAlgorithm, train: Any, targets: Any) -> Self:
        if not isinstance(train, Dataset) or not isinstance(targets, Dataset):
            raise InputError("a TorchAlgorithm needs Datasets: it prepares their inputs.")
        prepare = Preparation.fit(train)
        shape = prepare(train.inputs[:1]).shape[1:]
        with torch.random.fork_rng(devices=[]):
            module = build(algorithm.module, shape, train.n_outputs, algorithm.arguments)
        scale = (0.0, 1.0)
        if train.class_names is None:
            scale = float(train.labels.mean()), float(train.labels.std()) or 1.0
        return cls(
            module=module,
            train=Examples.of(train, "train", prepare),
            targets=Examples.of(targets, "targets", prepare),
            label_scale=scale,
        )

    @property
    def regression(self) -> bool:
        """Whether labels are values."""
        return self.train.regression

    @property
    def least_outputs(self) -> int:
        """How many outputs an example labels need at least: a logit a class, or one value."""
        if self.regression:
            return 1
        return max(2, 1 + max(int(part.labels.max()) for part in (self.train, self.targets)))

    def network(self, module: nn.Module) -> Network:
        """Return a trained module of this architecture as attribution sees it."""
        return Network(module=module, regression=self.regression, label_scale=self.label_scale)

    def output(self, name: str | None) -> tuple[str, Output]:
        """Return the output function of that name; by default the margin, or the prediction.

        Raises
        ------
        InputError
            When there is none, or it does not fit the labels.
        """
        name = name or ("prediction" if self.regression else "margin")
        one_of("output", name, OUTPUTS, "the outputs are")
        if self.regression != (name in ("negative-error", "prediction")):
            kind = "values" if self.regression else "class indices"
            raise InputError(f"output {name!r} does not fit labels that are {kind}.")
        return name, OUTPUTS[name]

    def check(self, device: torch.device) -> None:
        """Raise `InputError` unless the module gives a logit a class, or one value."""
        if self.targets.regression != self.regression:
            raise InputError("train and targets must both have class indices, or both values.")
        self._outputs(self.targets, "target", device)
        outputs = self._outputs(self.train, "training", device)
        classes = outputs.shape[1]
        if self.regression and classes != 1:
            raise InputError(
                f"labels are values, but the model gives {classes} outputs an example: a "
                "regression gives 1, a classifier needs integer labels."
            )
        if not self.regression:
            self._check_classes(classes)

    def _check_classes(self, classes: int) -> None:
        low = min(int(part.labels.min()) for part in (self.train, self.targets))
        high = max(int(part.labels.max()) for part in (self.train, self.targets))
        if classes < 2 or low < 0 or high >= classes:
            raise InputError(
                f"labels run from {low} to {high}, but the model gives {classes} outputs an "
                "example: it must give one logit a class, 2 or more."
            )

    def _outputs(self, examples: Examples, kind: str, device: torch.device) -> Any:
        _, inputs, _ = next(examples.blocks(1, device))
        try:
            with torch.no_grad():
                return self.module(inputs)
        except InputError:
            raise
        except Exception as error:
            raise InputError(
                f"the model can't take {kind} inputs of shape {tuple(inputs.shape[1:])} and type "
                f"{inputs.dtype}: {error}"
            ) from error
