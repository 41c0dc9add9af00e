"""Evidence from models trained on random subsets (METHOD §5)."""
