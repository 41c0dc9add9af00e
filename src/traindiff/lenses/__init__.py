"""Other questions about the same two ensembles, under one honest test (METHOD §9)."""
