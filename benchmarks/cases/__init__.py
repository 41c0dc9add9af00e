"""What the comparison is measured on: simulated nulls, real nulls, and planted differences.

To add a planted case: write a function from a seed to a `cases.base.Planted` (two recipes, and
which targets or training examples carry the difference) and list it as a `Case` in ``CASES`` of its
module, ``pictures`` or ``tables``.
"""
