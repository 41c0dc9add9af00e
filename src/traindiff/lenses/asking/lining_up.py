"""The models of both sides in one line that their answers alone order.

What a lens makes of the models can then depend on their order and still tell nothing of whose they
are; and the order in which a person gave them changes nothing.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from traindiff.errors import InputError
from traindiff.identity import add_array
from traindiff.lenses.asking.featured import together
from traindiff.lenses.asking.joining import joined
from traindiff.lenses.asking.respondents import Respondent
from traindiff.lenses.asking.scores import stacked
from traindiff.lenses.base import Answers, Models, Questions, Tell
from traindiff.pair import Pair

__all__ = ["lined_up"]

FEWEST = 3
"""Models a side below which nothing is tested, so that pairs mean nothing."""


def lined_up(
    sides: Pair[Respondent], questions: Questions, answers: Pair[Answers], paired: bool | None
) -> tuple[Models, np.ndarray]:
    """Return the models of both sides, and whose each is.

    Parameters
    ----------
    sides : Pair of Respondent
    questions, answers
        As `joined` returns them.
    paired : bool or None
        None: where masks say so.

    Returns
    -------
    Models
    bool array, shape [models]
        Which are A's.

    Raises
    ------
    InputError
        When ``paired`` is asked for with more models of one side than of the other.
    """
    both, sizes = stacked(tuple(answers)), answers.map(lambda side: len(side.predictions))
    pairs = _pairs(sides, sizes, paired)
    order = np.argsort(np.array([_key(both, model) for model in range(len(pairs))]), kind="stable")
    models = Models(
        questions=questions,
        answers=both.take(order),
        pairs=_numbered(pairs[order]),
        ask=_ask(sides, questions, order),
        features=_features(sides, order),
    )
    return models, order < sizes.a


def _pairs(sides: Pair[Respondent], sizes: Pair[int], paired: bool | None) -> np.ndarray:
    """Return the number of each model's pair, A's models before B's."""
    if paired and sizes.a != sizes.b:
        raise InputError(
            f"paired models need as many of A as of B, found {sizes.a} and {sizes.b}: leave out "
            "those without a partner, or say paired=False."
        )
    if paired is None:
        paired = _same_masks(sides)
    if not paired or min(sizes) < FEWEST:
        return np.arange(sum(sizes))
    return np.tile(np.arange(sizes.a), 2)


def _same_masks(sides: Pair[Respondent]) -> bool:
    """Return whether masks tell who is whose partner; equal ones within a side do not."""
    a, b = sides.a.masks, sides.b.masks
    if a is None or b is None or not np.array_equal(a, b):
        return False
    return len(np.unique(np.packbits(a, axis=1), axis=0)) == len(a)


def _key(answers: Answers, model: int) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for each in (answers.predictions, answers.logits, answers.confidences):
        if each is not None:
            add_array(digest, each[model])
    return digest.hexdigest()


def _numbered(pairs: np.ndarray) -> np.ndarray:
    """Return pairs numbered in the order in which they first appear."""
    _, first, place = np.unique(pairs, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[place]


def _features(sides: Pair[Respondent], order: np.ndarray) -> Tell | None:
    tell = together([side.features for side in sides])
    if tell is None:
        return None
    return lambda inputs, layers: {
        layer: tuple(each[i] for i in order.tolist())
        for layer, each in tell(inputs, layers).items()
    }


def _ask(
    sides: Pair[Respondent], questions: Questions, order: np.ndarray
) -> Callable[[np.ndarray], Answers] | None:
    if any(side.stored for side in sides):
        return None

    def ask(inputs: np.ndarray) -> Answers:
        _, answers = joined(sides, replace(questions, inputs=inputs, labels=None))
        return stacked(tuple(answers)).take(order)

    return ask
