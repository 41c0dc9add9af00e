"""What a study's evidence is: models on random subsets, or checkpoints."""
