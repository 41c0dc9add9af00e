"""The main job: the only package that knows every stage."""

from traindiff.study.result import StudyResult
from traindiff.study.study import Study

__all__ = ["Study", "StudyResult"]
