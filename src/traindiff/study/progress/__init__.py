"""What a run will do, how far it has come, and how long is left."""
