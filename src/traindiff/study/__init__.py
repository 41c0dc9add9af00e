"""The main job: the only package that knows every stage."""

from traindiff.study.question import Study
from traindiff.study.result import StudyResult

__all__ = ["Study", "StudyResult"]
