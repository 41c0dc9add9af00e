"""From values to plain data: what a report says."""
