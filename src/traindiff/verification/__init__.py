"""Counterfactual tests of hypotheses."""

from traindiff.verification.base import Dose, Effect, State, Verdict
from traindiff.verification.effects import effect
from traindiff.verification.verify import check, verify

__all__ = ["Dose", "Effect", "State", "Verdict", "check", "effect", "verify"]
