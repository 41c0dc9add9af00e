"""The evidence of a study with a section [focus]: few models, on halves of proposed groups."""

from traindiff.study.evidence.focus.source import Focused

__all__ = ["Focused"]
