"""Counterfactual tests of hypotheses."""

from traindiff.verification.base import Dose, State, Verdict
from traindiff.verification.verify import check, verify

__all__ = ["Dose", "State", "Verdict", "check", "verify"]
