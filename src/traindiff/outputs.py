"""Masks and outputs: all that the comparison needs to know about an ensemble."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float32, Integer
from scipy.special import logsumexp

from traindiff.errors import InputError
from traindiff.ids import checked_ids

__all__ = [
    "OUTPUT_FUNCTIONS",
    "Outputs",
    "confidence",
    "margin",
    "negative_cross_entropy",
    "negative_error",
]

Logits = Float[np.ndarray, "models examples classes"]
Values = Float32[np.ndarray, "models examples"]
Classes = Integer[np.ndarray, " examples"]
Answers = Float[np.ndarray, " examples"]


ROUNDING = 1e-11
"""Share of its size below which a target's range is rounding, and the target is constant."""
KEPT = 1e-3


@dataclass(frozen=True, kw_only=True, eq=False)
class Outputs:
    """What the models of one algorithm saw, and what they said (METHOD §1).

    Parameters
    ----------
    masks : bool array, shape [models, train]
        Which training examples each model saw.
    values : float array, shape [models, targets]
        The output of each model on each target, in the output function's units (log-odds for the
        margin); higher = more confident in the right answer. Kept in float32 unless that would lose
        more than a thousandth of a target's range, as on a large offset: then in float64.
    predictions : int array, shape [models, targets], optional
        The class each model predicts; used only to tell how far two algorithms agree.
    confidences : float array, shape [models, targets], optional
        The probability each model gives to the class it predicts; used only to tell how well it is
        calibrated.
    train_ids, target_ids : sequence of str or int, optional
        Name of each training example and of each target. Where A and B both have them, `compare`
        puts B's columns in A's order, or refuses other examples; without them, it can only look for
        signs that columns are not the same. Kept as text.
    labels : array, shape [targets], optional
        The right answer for each target; A's and B's are held against each other.

    Raises
    ------
    InputError
        When shapes disagree, masks are not boolean in content, values are not finite, or ids
        repeat.

    Examples
    --------
    >>> out = Outputs(masks=np.array([[1, 0], [0, 1]]), values=np.array([[0.5], [-0.5]]))
    >>> out.n_models, out.n_train, out.n_targets
    (2, 2, 1)
    """

    masks: Bool[np.ndarray, "models train"]
    values: Float[np.ndarray, "models targets"]
    predictions: Integer[np.ndarray, "models targets"] | None = None
    confidences: Float[np.ndarray, "models targets"] | None = None
    train_ids: np.ndarray | None = None
    target_ids: np.ndarray | None = None
    labels: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Check what was given; keep masks as bool and values as float32 or float64."""
        masks, values = np.asarray(self.masks), np.asarray(self.values)
        for name, array in (("masks", masks), ("values", values)):
            if array.ndim != 2:
                raise InputError(
                    f"{name} must have two axes [models, ...], found shape {array.shape}."
                )
        if len(masks) != len(values):
            raise InputError(
                f"masks has {len(masks)} models but values has {len(values)}: "
                "one row of each belongs to one model."
            )
        if 0 in masks.shape or 0 in values.shape:
            raise InputError(f"masks {masks.shape} and values {values.shape} must not be empty.")
        object.__setattr__(self, "masks", _as_masks(masks))
        object.__setattr__(self, "values", _as_values(values))
        if self.predictions is not None:
            self._check_predictions(np.asarray(self.predictions))
        if self.confidences is not None:
            self._check_confidences(np.asarray(self.confidences))
        self._check_names()

    def _check_names(self) -> None:
        train, targets = (self.n_train, "masks"), (self.n_targets, "values")
        for name, (size, of) in (("train_ids", train), ("target_ids", targets)):
            ids = getattr(self, name)
            if ids is not None:
                object.__setattr__(self, name, checked_ids(name, ids, size, of))
        if self.labels is not None:
            labels = np.asarray(self.labels)
            if labels.shape != (self.n_targets,):
                raise InputError(
                    f"labels must hold one for each of the {self.n_targets} targets, found shape "
                    f"{labels.shape}."
                )
            object.__setattr__(self, "labels", labels)

    def _check_predictions(self, predictions: np.ndarray) -> None:
        if predictions.shape != self.values.shape:
            raise InputError(
                f"predictions must have the shape of values {self.values.shape}, "
                f"found {predictions.shape}."
            )
        if predictions.dtype.kind not in "iu":
            raise InputError(f"predictions must be class indices, found {predictions.dtype}.")
        object.__setattr__(self, "predictions", predictions)

    def _check_confidences(self, confidences: np.ndarray) -> None:
        if self.predictions is None or confidences.shape != self.values.shape:
            raise InputError(
                f"confidences must come with predictions and have the shape of values "
                f"{self.values.shape}, found {confidences.shape}."
            )
        if confidences.dtype.kind != "f" or not ((confidences >= 0) & (confidences <= 1)).all():
            raise InputError("confidences must be probabilities, real numbers from 0 to 1.")
        object.__setattr__(self, "confidences", confidences)

    @property
    def n_models(self) -> int:
        """Number of models."""
        return len(self.masks)

    @property
    def n_train(self) -> int:
        """Number of training examples that may be left out."""
        return int(self.masks.shape[1])

    @property
    def n_targets(self) -> int:
        """Number of targets."""
        return int(self.values.shape[1])

    def __repr__(self) -> str:
        more = ("predictions", "confidences", "train_ids", "target_ids", "labels")
        kept = "".join(f", {name}" for name in more if getattr(self, name) is not None)
        return (
            f"Outputs({self.n_models:,} models: masks over {self.n_train:,} training examples, "
            f"values of {self.n_targets:,} targets{kept})"
        )

    def take(self, models: Any) -> "Outputs":
        """Return the outputs of some models (an index array, slice or bool array)."""
        return replace(
            self,
            masks=self.masks[models],
            values=self.values[models],
            predictions=None if self.predictions is None else self.predictions[models],
            confidences=None if self.confidences is None else self.confidences[models],
        )

    def columns(self, train: np.ndarray, targets: np.ndarray) -> "Outputs":
        """Return the outputs with training examples and targets in another order (int arrays)."""

        def along(each: np.ndarray | None, order: np.ndarray) -> np.ndarray | None:
            return None if each is None else each[..., order]

        return Outputs(
            masks=self.masks[:, train],
            values=self.values[:, targets],
            predictions=along(self.predictions, targets),
            confidences=along(self.confidences, targets),
            train_ids=along(self.train_ids, train),
            target_ids=along(self.target_ids, targets),
            labels=along(self.labels, targets),
        )


def _as_masks(masks: np.ndarray) -> np.ndarray:
    if masks.dtype == bool:
        return masks
    if masks.dtype.kind not in "iuf" or not ((masks == 0) | (masks == 1)).all():
        raise InputError(
            "masks must hold only 0 and 1 (or booleans): 1 where the model saw the example; "
            f"found {masks.dtype} values such as {_first_other(masks)!r}."
        )
    return masks.astype(bool)


def _first_other(masks: np.ndarray) -> object:
    if masks.dtype.kind not in "iuf":
        return masks.flat[0]
    return masks[(masks != 0) & (masks != 1)].flat[0].item()


def _as_values(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind not in "iuf":
        raise InputError(f"values must be real numbers, found {values.dtype}.")
    broken = ~np.isfinite(values)
    if broken.any():
        model, target = np.argwhere(broken)[0]
        raise InputError(
            f"values holds {int(broken.sum())} NaN or infinite entries, the first at model {model},"
            f" target {target}: leave out the rows of models that diverged, in masks too (on this "
            "side alone is enough: rows of A and B are matched by their masks); clip infinite "
            "logits or log-probabilities."
        )
    with np.errstate(over="ignore", under="ignore"):
        single = values.astype(np.float32, copy=False)
    return np.asarray(values, dtype=np.float64) if _loses(single, values) else single


def _loses(single: np.ndarray, values: np.ndarray) -> bool:
    """Return whether float32 blurs, by more than a thousandth of its range, a target that varies.

    Outputs may sit on an offset (a Unix time) or in units (1e±40) that float32 cannot hold.
    """
    if values.dtype.itemsize <= single.dtype.itemsize:
        return False
    span = np.ptp(values.astype(np.float64, copy=False), axis=0)
    # Of less than 1e-11 of the size is rounding of float64 itself, and no output.
    varies = span > ROUNDING * np.abs(values).max(axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        blur = np.abs(single - values).max(axis=0)
    return bool((varies & ~(blur <= KEPT * span)).any())


def margin(logits: Logits, labels: Classes) -> Values:
    """Return the correct-class margin: logit of the label − logsumexp of the others (METHOD §1).

    Parameters
    ----------
    logits : array, shape [models, examples, classes]
    labels : int array, shape [examples]

    Returns
    -------
    array, float32, shape [models, examples]
        Log-odds of the right class; higher = more confident in it.
    """
    logits = logits.astype(np.float64)
    examples = np.arange(len(labels))
    right = logits[:, examples, labels]
    others = logits.copy()
    others[:, examples, labels] = -np.inf
    return np.asarray(right - logsumexp(others, axis=-1), dtype=np.float32)


def confidence(logits: Logits) -> Float[np.ndarray, "models examples"]:
    """Return the probability of the predicted class, float16 [models, examples]."""
    logits = logits.astype(np.float64)
    return np.asarray(np.exp(logits.max(axis=-1) - logsumexp(logits, axis=-1)), dtype=np.float16)


def negative_cross_entropy(logits: Logits, labels: Classes) -> Values:
    """Return log p(label): minus the cross-entropy, so that higher = more confident."""
    logits = logits.astype(np.float64)
    right = logits[:, np.arange(len(labels)), labels]
    return np.asarray(right - logsumexp(logits, axis=-1), dtype=np.float32)


def negative_error(logits: Logits, labels: Answers) -> Values:
    """Return −|prediction − label| of a regression: higher = closer, in the label's units."""
    return np.asarray(-np.abs(logits[..., 0] - labels), dtype=np.float32)


def prediction(logits: Logits, labels: Answers) -> Values:
    """Return a regression's prediction itself, in the label's units."""
    return np.asarray(logits[..., 0], dtype=np.float32)


OUTPUT_FUNCTIONS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "margin": margin,
    "negative-cross-entropy": negative_cross_entropy,
    "negative-error": negative_error,
    "prediction": prediction,
}
