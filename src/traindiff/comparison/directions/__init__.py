"""What is said of directions once they are known to be real."""
