"""traindiff: a diff for training recipes."""
