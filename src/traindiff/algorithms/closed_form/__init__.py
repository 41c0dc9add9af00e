"""Ridge models in closed form, thousands of subsets at a time."""
