"""From many candidate transformations to few good ones."""
