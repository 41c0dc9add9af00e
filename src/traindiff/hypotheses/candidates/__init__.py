"""Candidate transformations for one direction, by modality."""
