"""From a few checkpoints to how each training example moves each output: attribution scores."""

from traindiff.attribution.attribute import attribute
from traindiff.attribution.methods.ekfac import Ekfac
from traindiff.attribution.methods.gradients import GradCos, GradDot
from traindiff.attribution.methods.last_layer import LastLayer
from traindiff.attribution.methods.trak import Trak

__all__ = ["Ekfac", "GradCos", "GradDot", "LastLayer", "Trak", "attribute"]
