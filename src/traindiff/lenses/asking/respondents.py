"""One side of a comparison, whatever it is made of, as something that answers.

Frameworks are imported only when one of their models is given.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import singledispatch
from importlib import import_module
from typing import Any, Protocol, runtime_checkable

import numpy as np

from traindiff.errors import InputError
from traindiff.lenses.asking.featured import Featured, Represented, by_contract, together
from traindiff.lenses.asking.scores import said, scored, stacked
from traindiff.lenses.base import Answers, Tell
from traindiff.outputs import Outputs

__all__ = ["Respondent", "asked", "respondent"]

_FRAMEWORKS = {"torch": "torch_modules", "sklearn": "estimators"}
"""Root of a model's class -> the module here that knows how to ask it."""

Inputs = np.ndarray | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Respondent:
    """One side, or one model of it.

    Parameters
    ----------
    respond : callable
        Returns the answers to inputs; stored ones whatever the inputs.
    stored : bool
        Whether further inputs can't be asked.
    classes : tuple, optional
        The label that each logit is of.
    masks : bool array, shape [models, train], optional
        Which training examples each model saw.
    features : callable, optional
        Returns what layers make of inputs; None where they are not told.
    ids : tuple of str, optional
        Names of the inputs that stored answers are about.
    """

    respond: Callable[[Inputs], Answers]
    stored: bool = False
    classes: tuple[Any, ...] | None = None
    masks: np.ndarray | None = None
    features: Tell | None = None
    ids: tuple[str, ...] | None = None


@runtime_checkable
class _Ensemble(Protocol):
    """An `Ensemble` of traindiff's, by what it can do."""

    def predict(self, inputs: np.ndarray) -> np.ndarray: ...
    def arrays(self) -> Any: ...


def respondent(side: Any) -> Respondent:
    """Return ``side`` as something that answers.

    Parameters
    ----------
    side : Outputs, Ensemble, array, model, or sequence of models and arrays
        An array is of many models: [models, examples, classes] logits or probabilities, or
        [models, examples] predicted labels or values. In a sequence each is of one model, without
        the first axis. A model is a callable, a PyTorch module or a fitted scikit-learn estimator.

    Raises
    ------
    InputError
        When it is none of these.
    """
    _prepare_for(side)
    return _respondent(side)


@singledispatch
def _respondent(side: Any) -> Respondent:
    if not callable(side):
        raise InputError(
            f"a model must be a callable, an array of outputs, a PyTorch module, a fitted "
            f"scikit-learn estimator, an ensemble, or a list of these; found {type(side).__name__}."
        )
    return Respondent(
        respond=lambda inputs: _of_one(side(asked(inputs))),
        features=by_contract(side) if isinstance(side, Featured) else None,
    )


@_respondent.register
def _(side: np.ndarray) -> Respondent:
    read = {1: _of_one, 2: said, 3: scored}.get(side.ndim)
    if read is None or 0 in side.shape:
        raise InputError(
            "outputs must be [models, examples, classes], or [models, examples] of predicted "
            f"labels or values; found shape {side.shape}."
        )
    return _stored(read(side))


@_respondent.register
def _(side: Outputs) -> Respondent:
    if side.predictions is None:
        raise InputError(
            "these Outputs hold no predicted classes: give predictions with them, or, for "
            "regression, their predicted values as an array [models, examples]."
        )
    answers = Answers(predictions=side.predictions, confidences=side.confidences)
    return Respondent(respond=lambda _: answers, stored=True, masks=side.masks)


@_respondent.register
def _(side: _Ensemble) -> Respondent:
    return Respondent(
        respond=lambda inputs: scored(side.predict(asked(inputs))),
        features=side.features if isinstance(side, Featured) else None,
    )


@_respondent.register
def _(side: Represented) -> Respondent:
    answers = respondent(side.outputs).respond(None)
    side.check(len(answers.predictions), answers.predictions.shape[1])
    return Respondent(respond=lambda _: answers, stored=True, features=side.features, ids=side.ids)


@_respondent.register(list | tuple)
def _(side: Sequence[Any]) -> Respondent:
    if not side:
        raise InputError("expected at least one model, found an empty list.")
    return _together([_member(each) for each in side])


def _member(model: Any) -> Respondent:
    """Return one model of a list, where an array lacks the axis of models."""
    if isinstance(model, np.ndarray):
        return _stored(_of_one(model))
    return respondent(model)


def _together(members: Sequence[Respondent]) -> Respondent:
    known = {each.classes for each in members if each.classes is not None}
    if len(known) > 1:
        raise InputError(
            f"models of one side were trained on different classes: {sorted(map(str, known))}."
        )
    return Respondent(
        respond=lambda inputs: stacked([each.respond(inputs) for each in members]),
        stored=any(each.stored for each in members),
        classes=next(iter(known), None),
        features=together([each.features for each in members]),
    )


def _stored(answers: Answers) -> Respondent:
    return Respondent(respond=lambda _: answers, stored=True)


def _of_one(outputs: Any) -> Answers:
    """Return what one model's [examples] or [examples, classes] say."""
    values = np.asarray(outputs)
    if values.ndim not in (1, 2) or 0 in values.shape:
        raise InputError(
            "a model must answer with [examples, classes] logits or probabilities, or [examples] "
            f"labels or values; found shape {values.shape}."
        )
    return said(values[None]) if values.ndim == 1 else scored(values[None])


def asked(inputs: Inputs) -> np.ndarray:
    """Return the inputs that a model needs to answer.

    Raises
    ------
    InputError
        When there are none.
    """
    if inputs is None:
        raise InputError("models can only answer about inputs: give data=inputs, or a Dataset.")
    return inputs


def _prepare_for(side: Any) -> None:
    """Load what knows how to ask a framework's model."""
    for base in type(side).__mro__:
        name = _FRAMEWORKS.get(base.__module__.partition(".")[0])
        if name is not None:
            import_module(f"traindiff.lenses.asking.{name}").register(_respondent)
