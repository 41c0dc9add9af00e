"""Ways to attribute: one class each."""
