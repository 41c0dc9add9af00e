"""Every lens by its name."""

from traindiff.errors import one_of
from traindiff.lenses.base import Lens
from traindiff.lenses.boundaries.lens import Boundaries
from traindiff.lenses.graphs.lens import Graphs
from traindiff.lenses.predictions.lens import Predictions
from traindiff.lenses.representations.lens import Representations
from traindiff.lenses.rules.lens import DecisionRules

__all__ = ["KINDS", "lens_of"]

KINDS: dict[str, Lens] = {
    lens.name: lens
    for lens in (Predictions(), Boundaries(), Representations(), DecisionRules(), Graphs())
}
"""Name to lens: adding a lens is writing its class and naming it here."""


def lens_of(lens: str | Lens) -> Lens:
    """Return a lens given by name, or as it is.

    Raises
    ------
    InputError
        When there is none of that name.

    Examples
    --------
    >>> lens_of("predictions").question
    'Do A and B predict alike?'
    """
    return KINDS[one_of("lens", lens, KINDS, "lenses")] if isinstance(lens, str) else lens
