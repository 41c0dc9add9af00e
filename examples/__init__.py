"""Annotated studies, and the recipes and script that they use."""
