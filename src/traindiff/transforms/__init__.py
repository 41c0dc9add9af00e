"""What can be done to an input: images, tables, texts."""
