"""Whether A and B represent inputs alike, layer by layer."""

from traindiff.lenses.representations.lens import Representations
from traindiff.lenses.representations.likeness import LIKENESSES, Likeness, alike

__all__ = ["LIKENESSES", "Likeness", "Representations", "alike"]
