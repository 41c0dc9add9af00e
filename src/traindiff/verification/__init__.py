"""Counterfactual tests of hypotheses."""

from traindiff.verification.base import Answer, Dose, State, Verdict
from traindiff.verification.verify import check, verify

__all__ = ["Answer", "Dose", "State", "Verdict", "check", "verify"]
