"""Evidence from attributions of a few checkpoints."""
