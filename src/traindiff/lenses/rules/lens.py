"""Where do A and B decide differently? IF-THEN rules that hold on inputs not used to find them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from traindiff import seeding
from traindiff.errors import InputError
from traindiff.lenses.base import Models
from traindiff.lenses.pairwise import Pairwise
from traindiff.lenses.rules.cuts import Rows
from traindiff.lenses.rules.fidelity import f1
from traindiff.lenses.rules.readable import readable
from traindiff.lenses.rules.shown import Halves, Votes, shown
from traindiff.lenses.rules.trees import Growth, partition

__all__ = ["DecisionRules"]

FEWEST = 20


@dataclass(frozen=True, kw_only=True)
class DecisionRules:
    """Whether simple rules over readable columns tell where A's and B's models differ.

    On half of the inputs one tree is grown for all models together, whosever they are; in each of
    its leaves a model is taken to say what it mostly says there. Two models are as dissimilar as
    the F1 with which that tells, on the other half, where they differ. The rules shown are of the
    joint surrogate trees of both sides' majority votes (Haldar et al., arXiv 2306.06473).

    Parameters
    ----------
    described : mapping of str to array, shape [inputs], optional
        Readable features of pictures or texts, or other columns of a table's rows.
    growth : Growth
        Depth of trees, and when they part.
    seed : int
        Of the two halves.

    Examples
    --------
    >>> DecisionRules().question
    'Where do A and B decide differently, in rules?'
    """

    described: Mapping[str, np.ndarray] | None = None
    growth: Growth = field(default_factory=Growth)
    seed: int = 0
    name: str = "rules"
    question: str = "Where do A and B decide differently, in rules?"
    unit: str = "held-out F1 of rules for where models differ, beyond models of one side"

    def prepare(self, models: Models) -> Pairwise:
        """Grow one tree for all models, and hold it against the inputs it has not seen.

        Raises
        ------
        InputError
            When the models predict values, the inputs can't be read, or are fewer than 20.
        """
        if models.answers.regression:
            raise InputError("rules needs predicted classes, and these models predict values.")
        features = readable(models.questions, self.described)
        votes = Votes.of(models)
        said = votes.said
        if len(features.values) != said.shape[1] or said.shape[1] < FEWEST:
            raise InputError(
                f"rules needs a row for each of at least {FEWEST} inputs, found "
                f"{len(features.values)} rows and {said.shape[1]} answers."
            )
        order = seeding.stream(self.seed, "rules", "halves").permutation(said.shape[1])
        halves = Halves(fit=np.sort(order[::2]), held_out=np.sort(order[1::2]))
        return Pairwise(
            dissimilarity=_dissimilarity(features.values, said, halves, self.growth),
            pairs=models.pairs,
            exhibits=lambda is_a, _: shown(votes, features, halves, is_a, self.growth),
        )


def _dissimilarity(
    values: np.ndarray, said: np.ndarray, halves: Halves, growth: Growth
) -> np.ndarray:
    """Return the held-out F1 of each two models, [models, models]."""
    regions = partition(Rows.of(values[halves.fit], said[:, halves.fit]), growth)
    surrogate = np.empty((len(said), len(halves.held_out)), dtype=said.dtype)
    for region in regions:
        there, here = (region.holds(values[each]) for each in (halves.held_out, halves.fit))
        mostly = [np.bincount(each[here]).argmax() for each in said[:, halves.fit]]
        surrogate[:, there] = np.array(mostly)[:, None]
    true = said[:, halves.held_out]
    return np.stack(
        [f1(surrogate != one, true != other) for one, other in zip(surrogate, true, strict=True)]
    )
