"""What can be done to an input: images, tables, texts."""

from traindiff.transforms.base import Change, Transform
from traindiff.transforms.kinds import KINDS, from_dict, parse

__all__ = ["KINDS", "Change", "Transform", "from_dict", "parse"]
