"""The main job: the only package that knows every stage.

What it holds is imported when first used: a status, or what is wrong in a study file, is told
before numerical libraries are there.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
