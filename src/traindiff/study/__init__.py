"""The main job: the only package that knows every stage."""

from traindiff.study.job import StudyResult
from traindiff.study.question import Study

__all__ = ["Study", "StudyResult"]
