"""Augmentation of many models' batches at once; named as in torchvision."""

from traindiff.augment.base import Augmentation
from traindiff.augment.geometry import RandomFlip, RandomResizedCrop, RandomRotation, RandomShift
from traindiff.augment.kinds import from_dict
from traindiff.augment.pixels import RandomCutout, RandomNoise

__all__ = [
    "Augmentation",
    "RandomCutout",
    "RandomFlip",
    "RandomNoise",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomShift",
    "from_dict",
]
