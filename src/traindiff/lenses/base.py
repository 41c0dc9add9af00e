"""What a lens is: one question about two ensembles, prepared without knowing whose model is whose.

A lens first sees all models of both sides **unlabelled**. Whatever it fits or chooses there
(distances, surrogate trees, bases, automata) is the same for every labelling, so nothing of it can
leak into the test. What is then asked for every labelling is one number.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from traindiff.lenses.exhibits import Exhibit

__all__ = ["Answers", "Features", "Lens", "Models", "Prepared", "Questions", "Tell"]

Features = Mapping[str, tuple[np.ndarray, ...]]
"""By layer, what each model makes of the inputs: arrays [inputs, width], widths its own."""

Tell = Callable[[np.ndarray | None, tuple[str, ...] | None], Features]
"""Returns what models make of inputs, in the layers named, or in all that they have."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Questions:
    """What the models were asked.

    Parameters
    ----------
    inputs : array, shape [examples, ...], optional
    labels : array, shape [examples], optional
        Class indices, or values.
    class_names : tuple of str, optional
        None for regression, or where nobody named the classes.
    ids : tuple of str, optional
        A name for each input.
    columns : tuple of str
        Names of a table's columns.
    categories : tuple
        For each column, the names of its categories, or None where it is numeric.
    """

    inputs: np.ndarray | None = None
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] | None = None
    ids: tuple[str, ...] | None = None
    columns: tuple[str, ...] = ()
    categories: tuple[tuple[str, ...] | None, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """What models say.

    Parameters
    ----------
    predictions : array, shape [models, examples]
        Class indices (int), or values (float) for regression.
    logits : float array, shape [models, examples, classes], optional
        Log-probabilities up to a constant an example.
    confidences : float array, shape [models, examples], optional
        Probability of the predicted class.
    """

    predictions: np.ndarray
    logits: np.ndarray | None = None
    confidences: np.ndarray | None = None

    @property
    def regression(self) -> bool:
        """Whether the answers are values rather than classes."""
        return self.predictions.dtype.kind == "f"

    def take(self, models: np.ndarray) -> "Answers":
        """Return the answers of some models (an index or bool array)."""
        return Answers(
            predictions=self.predictions[models],
            logits=None if self.logits is None else self.logits[models],
            confidences=None if self.confidences is None else self.confidences[models],
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Models:
    """Models of both sides, in an order that says nothing of whose they are.

    Parameters
    ----------
    questions : Questions
    answers : Answers
    pairs : int array, shape [models]
        Two models of one number saw the same training subset under the same seed; a number that
        stands once belongs to no pair.
    ask : callable, optional
        Returns the answers of all models, in this order, to further inputs; None where only stored
        answers are at hand.
    features : callable, optional
        Returns what the layers of all models make of inputs; None where not all models tell.
    """

    questions: Questions
    answers: Answers
    pairs: np.ndarray
    ask: Callable[[np.ndarray], Answers] | None = field(default=None, repr=False)
    features: Tell | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.answers.predictions)

    def take(self, models: np.ndarray) -> "Models":
        """Return some of the models, int array."""
        ask, features = self.ask, self.features
        return replace(
            self,
            answers=self.answers.take(models),
            pairs=self.pairs[models],
            ask=ask and (lambda inputs: ask(inputs).take(models)),
            features=features
            and (
                lambda inputs, layers: {
                    layer: tuple(each[i] for i in models.tolist())
                    for layer, each in features(inputs, layers).items()
                }
            ),
        )


class Prepared(Protocol):
    """All that a lens made of the unlabelled models; it answers for any labelling of them."""

    def value(self, is_a: np.ndarray) -> np.ndarray:
        """Return how different the two sides are; higher = more different.

        Must not change when A and B swap names, and needs a model a side.

        Parameters
        ----------
        is_a : bool array, shape [..., models]
            One or many labellings at once; it is asked for every draw of the null sample.

        Returns
        -------
        float array, shape [...]
        """
        ...

    def show(self, is_a: np.ndarray) -> tuple[Exhibit, ...]:
        """Return what is worth looking at under one labelling, bool [models]."""
        ...


class Lens(Protocol):
    """One question about two ensembles (METHOD §9)."""

    @property
    def name(self) -> str:
        """Its short name, as in `traindiff.lenses.KINDS`."""
        ...

    @property
    def question(self) -> str:
        """The question in words."""
        ...

    @property
    def unit(self) -> str:
        """What the value counts, in words."""
        ...

    def prepare(self, models: Models) -> Prepared:
        """Look at all models of both sides.

        What is fitted (a tree, a map, an automaton) is fitted on inputs that the value does not
        use.

        Raises
        ------
        InputError
            When the models or what they were asked lack what this lens needs, naming it.
        """
        ...
