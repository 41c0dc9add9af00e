"""What a study's evidence is: models on random subsets, of examples or groups, or checkpoints."""

from traindiff.study.evidence.base import Cost, Pending, Source
from traindiff.study.evidence.checkpoints import Checkpoints
from traindiff.study.evidence.focus import Focused
from traindiff.study.evidence.focus.proposers import proposer_of
from traindiff.study.evidence.subsets import Subsets
from traindiff.study.settings import Sections
from traindiff.study.setup import Setup

__all__ = ["Cost", "Pending", "Source", "source_of"]


def source_of(setup: Setup, sections: Sections) -> Source:
    """Return the evidence that a study asks for: the only place where kinds are told apart.

    Raises
    ------
    InputError
        When the algorithms can't give that evidence.
    """
    if sections.attribute is not None:
        return Checkpoints(setup=setup, settings=sections.attribute, compare=sections.compare)
    if sections.focus is not None:
        return Focused(
            setup=setup,
            settings=sections.focus,
            compare=sections.compare,
            proposer=proposer_of(setup, sections.focus),
        )
    return Subsets(setup=setup, compare=sections.compare)
