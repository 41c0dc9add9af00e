"""How a difference is measured, and how large it would be by chance."""
