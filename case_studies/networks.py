"""The small network that the case studies train from scratch."""

from collections.abc import Sequence
from itertools import pairwise

from torch import nn


def small_network(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    widths: Sequence[int] = (16, 32),
    shrink: int = 1,
) -> nn.Module:
    """Return strided convolutions with batch normalisation, and a linear layer.

    Parameters
    ----------
    input_shape : sequence of int
        (channels, height, width).
    n_outputs : int
    widths : sequence of int
        Channels of each convolution; each halves the picture.
    shrink : int
        Pictures are averaged over squares of so many pixels first.
    """
    depth, height, width = input_shape
    layers: list[nn.Module] = [nn.AvgPool2d(shrink)] if shrink > 1 else []
    for layer, (before, after) in enumerate(pairwise((depth, *widths))):
        size = 3 if layer else 5
        convolution = nn.Conv2d(before, after, size, stride=2, padding=size // 2, bias=False)
        layers += [convolution, nn.BatchNorm2d(after), nn.ReLU()]
    area = (height // shrink >> len(widths)) * (width // shrink >> len(widths))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * area, n_outputs))
