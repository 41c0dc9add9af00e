"""The null sample: every draw measured at every scale, side by side."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from traindiff.comparison.testing.whitened import Measured, Whitening
from traindiff.progress import Advance
from traindiff.threads import available

__all__ = ["Draw", "measured"]

Draw = Callable[[Sequence[Whitening]], list[Measured]]
"""One draw of the null hypothesis: returns its statistics at each scale.

All scales see the same draw, so that their p-values move together. What a draw is depends on what
it was named, not on the thread that makes it, nor on how many there are.
"""


def measured(
    draws: Sequence[Draw], whitenings: Sequence[Whitening], advance: Advance
) -> Iterator[list[Measured]]:
    """Yield the statistics of each draw, one per whitening, in the order of the draws."""
    with ThreadPoolExecutor(available()) as threads:
        for each in threads.map(lambda draw: draw(whitenings), draws):
            yield each
            advance(1)
