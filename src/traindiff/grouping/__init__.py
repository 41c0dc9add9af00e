"""Groups of training examples, so that few models decide (METHOD §8)."""
