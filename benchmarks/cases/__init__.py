"""What the comparison is measured on: simulated nulls, real nulls, and planted differences."""
