"""Counterfactual tests of hypotheses."""

from traindiff.verification.base import Dose, Effect, State, Verdict

__all__ = ["Dose", "Effect", "State", "Verdict"]
