"""What can go wrong, as a small tree.

TraindiffError
├── InputError        the user's data, study or arguments are unusable (command line: exit code 2)
│   └── RunDirectoryError  a run directory of another study, or not ours
├── StoreError        stored bytes are missing, damaged or from another version
└── TrainingError     models failed to train (diverged, crashed)

A message says what was expected, what was found, where, and what to do.
"""

__all__ = ["InputError", "RunDirectoryError", "StoreError", "TraindiffError", "TrainingError"]


class TraindiffError(Exception):
    """Base of every error that traindiff raises on purpose."""


class InputError(TraindiffError, ValueError):
    """The user's data, study file or arguments are unusable as they are."""


class RunDirectoryError(InputError):
    """The run directory belongs to another study, or was not made by traindiff."""


class StoreError(TraindiffError, OSError):
    """A stored array or document is missing, damaged or of an unknown version."""


class TrainingError(TraindiffError, RuntimeError):
    """Models could not be trained."""
