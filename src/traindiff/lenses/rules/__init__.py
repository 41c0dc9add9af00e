"""Where A and B decide differently, as IF-THEN rules."""

from traindiff.lenses.rules.lens import DecisionRules
from traindiff.lenses.rules.trees import joint_trees

__all__ = ["DecisionRules", "joint_trees"]
