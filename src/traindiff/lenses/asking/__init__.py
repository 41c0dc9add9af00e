"""Asking anything that predicts: arrays, callables, estimators, modules, and lists of them."""

from traindiff.lenses.asking.joining import joined
from traindiff.lenses.asking.lining_up import lined_up
from traindiff.lenses.asking.respondents import Respondent, respondent

__all__ = ["Respondent", "joined", "lined_up", "respondent"]
