"""Focus (METHOD §8) on a planted case: checkpoints propose groups, a few models decide."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from cases.base import Planted, Recipe
from traindiff import Outputs, attribute
from traindiff.attribution.predict import predict
from traindiff.grouping.attributions import FromAttributions
from traindiff.grouping.base import Proposal
from traindiff.grouping.counts import group_count
from traindiff.outputs import margin
from traindiff.pair import Pair
from traindiff.training import draw_masks, model_seeds, train_ensemble, train_outputs

__all__ = ["Focused", "decide", "propose"]

CHECKPOINTS = 5
METHOD = "trak"


@dataclass(frozen=True, kw_only=True, eq=False)
class Focused:
    """One run of focus.

    Parameters
    ----------
    proposal : Proposal
    outputs : Pair of Outputs
        On masks over groups.
    seconds : dict of str to float
        Processor seconds of each stage.
    """

    proposal: Proposal
    outputs: Pair[Outputs]
    seconds: dict[str, float]

    @property
    def total(self) -> float:
        """Processor seconds of all stages."""
        return sum(self.seconds.values())


def said_by_checkpoints(
    recipe: Recipe, count: int, seed: int, side: str, method: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return what checkpoints of their own say.

    Their attributions, [checkpoints, targets, train], and their margins of the training examples,
    [checkpoints, train].
    """
    everyone = np.ones(len(recipe.train), bool) if recipe.kept is None else recipe.kept
    masks = np.tile(everyone, (count, 1))
    seeds = model_seeds(count, seed, side=f"checkpoints {side}")
    arrays = dict(train_ensemble(recipe.algorithm, recipe.train, masks, seeds).arrays())
    states = [{name: values[i] for name, values in arrays.items()} for i in range(count)]
    scores = attribute(
        recipe.algorithm, states, (recipe.train, recipe.targets), method=method, seed=seed
    )
    logits = predict(recipe.algorithm, states, (recipe.train, recipe.train))
    return scores, margin(logits, recipe.train.labels)


def propose(
    planted: Planted, groups: int, seed: int, *, checkpoints: int, method: str
) -> tuple[Proposal, dict[str, float]]:
    """Return groups, and the seconds they took."""
    seconds: dict[str, float] = {}
    with timed(seconds, "attribution"):
        a = said_by_checkpoints(planted.a, checkpoints, seed, "A", method)
        b = said_by_checkpoints(planted.b, checkpoints, seed, "B", method)
    with timed(seconds, "grouping"):
        grouping = FromAttributions(scores=Pair(a[0], b[0]), fits=Pair(a[1], b[1]))
        proposal = grouping.propose(planted.a.train, count=groups, seed=seed)
    return proposal, seconds


def decide(
    planted: Planted,
    models: int,
    seed: int,
    *,
    groups: int | None = None,
    checkpoints: int = CHECKPOINTS,
    method: str = METHOD,
    own_seeds: bool = False,
) -> Focused:
    """Return the outputs of ``models`` a side on masks over groups that checkpoints proposed.

    A and B share masks and seeds; with ``own_seeds`` masks alone.
    """
    count = groups or group_count(models, len(planted.a.train))
    proposal, seconds = propose(planted, count, seed, checkpoints=checkpoints, method=method)
    with timed(seconds, "models"):
        masks = draw_masks(models, len(proposal.groups), 0.5, seed)
        sides = Pair("A", "B") if own_seeds else Pair("shared", "shared")
        a, b = (
            _outputs(recipe, proposal, masks, model_seeds(models, seed, side=side))
            for recipe, side in zip((planted.a, planted.b), sides, strict=True)
        )
    return Focused(proposal=proposal, outputs=Pair(a, b), seconds=seconds)


def _outputs(recipe: Recipe, proposal: Proposal, masks: np.ndarray, seeds: list[int]) -> Outputs:
    seen = proposal.groups.expand(masks)
    seen = seen if recipe.kept is None else seen & recipe.kept
    trained = train_outputs(recipe.algorithm, recipe.train, recipe.targets, seen, seeds, chunk=200)
    return Outputs(masks=masks, values=trained.outputs.values)


@contextmanager
def timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Add the processor seconds of what is done within to a stage."""
    start = time.process_time()
    yield
    seconds[stage] = seconds.get(stage, 0.0) + time.process_time() - start
