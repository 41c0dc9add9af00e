"""What can be done to a picture."""

from traindiff.transforms.images.colour import Brightness, Contrast, Greyscale, Tint
from traindiff.transforms.images.filters import Blur, HighPass, LowPass, Noise, Sharpen
from traindiff.transforms.images.geometry import Flip, Rotate, Shift
from traindiff.transforms.images.picture import Picture
from traindiff.transforms.images.pixels import Box, covered, overlap
from traindiff.transforms.images.places import Occlude, Patch, Rectangle, place
from traindiff.transforms.images.texture import Background, Paste, Texture

__all__ = [
    "CHANGES",
    "Background",
    "Blur",
    "Box",
    "Brightness",
    "Contrast",
    "Flip",
    "Greyscale",
    "HighPass",
    "LowPass",
    "Noise",
    "Occlude",
    "Paste",
    "Patch",
    "Picture",
    "Rectangle",
    "Rotate",
    "Sharpen",
    "Shift",
    "Texture",
    "Tint",
    "covered",
    "overlap",
    "place",
]

CHANGES = (
    *(Background, Paste, Texture),
    *(Blur, HighPass, LowPass, Noise, Sharpen),
    *(Brightness, Contrast, Greyscale, Tint),
    *(Flip, Rotate, Shift),
    *(Occlude, Patch, Rectangle),
)
"""Every kind for images."""
