"""The command line."""

from traindiff.cli.app import main

__all__ = ["main"]
