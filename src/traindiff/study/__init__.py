"""The main job: the only package that knows every stage."""

from traindiff.study.pipeline import Study, StudyResult

__all__ = ["Study", "StudyResult"]
