"""PyTorch modules as learning algorithms, many models at once."""
