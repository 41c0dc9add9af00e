"""Look at two models, or two ensembles, of anything that predicts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from traindiff.datasets import Dataset
from traindiff.errors import at_least
from traindiff.lenses.asking import joined, lined_up, respondent
from traindiff.lenses.base import Lens, Questions
from traindiff.lenses.kinds import lens_of
from traindiff.lenses.reading import Reading, corrected, read
from traindiff.pair import Pair

__all__ = ["look", "look_through"]

Data = Dataset | tuple[Any, Any] | np.ndarray | None


def look(
    a: Any,
    b: Any,
    data: Data = None,
    *,
    lens: str | Lens = "predictions",
    paired: bool | None = None,
    relabellings: int = 999,
    seed: int = 0,
) -> Reading:
    """Ask one question of two models, or of two ensembles.

    Parameters
    ----------
    a, b : anything that predicts
        Outputs or ensembles of traindiff's; arrays [models, examples, classes] of logits or
        probabilities, or [models, examples] of predicted labels or values; a callable, a PyTorch
        module or a fitted scikit-learn estimator; or a list of such models (of arrays: one a model,
        without the first axis).
    data : Dataset, (inputs, labels), inputs or None
        What to ask about; ``(None, labels)`` where the answers are there already.
    lens : str or Lens
        What to ask (see `traindiff.lenses.KINDS`).
    paired : bool or None
        Whether model i of A and model i of B share training subset and seed. None: yes for
        `Outputs` whose masks are the same and all different.
    relabellings : int
        Size of the null sample: all labellings where they are at most so many, else so many at
        random.
    seed : int
        Of the relabellings and the control.

    Returns
    -------
    Reading
        With fewer than 3 models a side it has exhibits and no p-value: nothing then tells how much
        chance alone brings.

    Raises
    ------
    InputError
        When A and B can't be compared: other examples, other classes, NaN, or something that does
        not predict.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> labels = rng.integers(2, size=200)
    >>> a, b = (np.where(rng.random((8, 200)) < 0.1, 1 - labels, labels) for _ in "ab")
    >>> look(a, b, (None, labels)).p_value > 0.05
    True
    >>> b[:, :40] = 1 - labels[:40]
    >>> found = look(a, b, (None, labels))
    >>> found.p_value <= 0.01, round(found.value, 2)
    (True, 0.15)
    """
    return look_through(
        a, b, data, lenses=(lens,), paired=paired, relabellings=relabellings, seed=seed
    )[0]


def look_through(
    a: Any,
    b: Any,
    data: Data = None,
    *,
    lenses: Sequence[str | Lens],
    paired: bool | None = None,
    relabellings: int = 999,
    seed: int = 0,
) -> tuple[Reading, ...]:
    """Ask several questions of the same two ensembles; q-values are over all of them.

    Parameters
    ----------
    a, b, data, paired, relabellings, seed
        As in `look`.
    lenses : sequence of str or Lens
        All are tested by the same relabellings.

    Raises
    ------
    InputError
        As `look`.
    """
    at_least("relabellings", relabellings, 1)
    sides = Pair(respondent(a), respondent(b))
    questions, answers = joined(sides, _questions(data))
    models, is_a = lined_up(sides, questions, answers, paired)
    return corrected(
        [read(lens_of(lens), models, is_a, relabellings=relabellings, seed=seed) for lens in lenses]
    )


def _questions(data: Data) -> Questions:
    if isinstance(data, Dataset):
        names = ("inputs", "labels", "class_names", "ids", "columns", "categories")
        return Questions(**{name: getattr(data, name) for name in names})
    inputs, labels = data if isinstance(data, tuple) else (data, None)
    return Questions(
        inputs=None if inputs is None else np.asarray(inputs),
        labels=None if labels is None else np.asarray(labels),
    )
