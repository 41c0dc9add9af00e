"""Your own training script as a learning algorithm."""
