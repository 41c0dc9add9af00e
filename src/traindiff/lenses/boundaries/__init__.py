"""Whether boundaries are drawn alike, and whether one model is derived from another."""

from traindiff.lenses.boundaries.derivation import Derivation, derived_from
from traindiff.lenses.boundaries.lens import Boundaries

__all__ = ["Boundaries", "Derivation", "derived_from"]
