"""From a few checkpoints to how each training example moves each output: attribution scores."""

from traindiff.attribution.attributing import attribute
from traindiff.attribution.ekfac import Ekfac
from traindiff.attribution.gradients import GradCos, GradDot
from traindiff.attribution.last_layer import LastLayer
from traindiff.attribution.trak import Trak

__all__ = ["Ekfac", "GradCos", "GradDot", "LastLayer", "Trak", "attribute"]
