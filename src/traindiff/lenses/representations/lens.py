"""Do A and B represent inputs alike? Layers of every two models compared."""

from dataclasses import dataclass

from traindiff.errors import InputError
from traindiff.lenses.base import Features, Models
from traindiff.lenses.pairwise import Pairwise
from traindiff.lenses.representations.likeness import likeness_of
from traindiff.lenses.representations.shown import shown
from traindiff.lenses.representations.similarities import similarities

__all__ = ["Representations"]


@dataclass(frozen=True, kw_only=True)
class Representations:
    """Whether layers of A's and of B's models tell the same inputs apart in the same way.

    Two models are as dissimilar as 1 − the similarity of their layers of the same name, the mean
    over layers.

    Parameters
    ----------
    measure : str
        One of `traindiff.lenses.representations.LIKENESSES`. The default alone is around 0 where
        two layers have nothing to do with each other.
    layers : tuple of str or None
        Which layers; None: every one that all models have.
    seed : int
        Of the shuffled rows that show each measure's "nothing".

    Examples
    --------
    >>> Representations(measure="Procrustes").question
    'Do A and B represent inputs alike?'
    """

    measure: str = "unbiased CKA"
    layers: tuple[str, ...] | None = None
    seed: int = 0
    name: str = "representations"
    question: str = "Do A and B represent inputs alike?"
    unit: str = "1 − similarity of layers, beyond models of one side"

    def prepare(self, models: Models) -> Pairwise:
        """Ask every model for its layers and compare them all.

        Raises
        ------
        InputError
            When a model can't say what its layers make of inputs, a layer asked for is missing, or
            the inputs are too few for the widths.
        """
        kind, features = likeness_of(self.measure), self._features(models)
        found = similarities(features, kind, seed=self.seed)
        return Pairwise(
            dissimilarity=found.dissimilarity,
            pairs=models.pairs,
            exhibits=lambda is_a, _: shown(found, kind, models.pairs, is_a, self.seed),
        )

    def _features(self, models: Models) -> Features:
        if models.features is None:
            raise InputError(
                "representations looks at hidden layers, which not all of these models tell: give "
                "PyTorch modules, scikit-learn pipelines, traindiff.lenses.Represented arrays, or "
                "callables with a method features(inputs, layers)."
            )
        features = models.features(models.questions.inputs, self.layers)
        if not features:
            raise InputError(
                "A and B have no layer of the same name: name those to compare alike, or give "
                "traindiff.lenses.Represented arrays."
            )
        counts = {len(each) for layer in features.values() for each in layer}
        if counts != {models.answers.predictions.shape[1]}:
            raise InputError(f"layers must have a row an input, found {sorted(counts)} rows.")
        return features
