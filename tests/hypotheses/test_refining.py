from dataclasses import replace

import numpy as np
import pytest
from linear_cases import PATCHED, ensemble, study

from traindiff.hypotheses import Aim
from traindiff.hypotheses.candidates.images import mined_patch
from traindiff.hypotheses.probe import Probe
from traindiff.hypotheses.search.refining import alike, refine
from traindiff.hypotheses.search.screening import Screen
from traindiff.pair import Pair
from traindiff.transforms.base import Transform
from traindiff.transforms.images.pixels import Box, overlap
from traindiff.transforms.kinds import parse

CORNER = Box(8, 8, 3, 3)


@pytest.fixture(scope="module")
def screen():
    targets = study()[0].targets
    return Screen(
        probes=Pair(ensemble(1, 4, 0.8), ensemble(2, 4, 0.0)).map(lambda e: Probe.of(e, targets)),
        data=targets,
        aims=(
            Aim(
                output="probability",
                class_name=targets.class_names[PATCHED],
                inputs="not-class",
            ),
            Aim(output="margin"),
        ),
        weights={"A": 1.0, "B": 1.0},
        seed=0,
    )


@pytest.mark.parametrize("box", [Box(6, 6, 5, 5), Box(9, 9, 3, 3), Box(8, 8, 4, 1)])
def test_borders_move_to_the_planted_patch(screen, box):
    splits, comparison = study()
    group = comparison.subpopulation(0)
    source = splits.train.inputs[group.positive_train[0]]
    start = screen.best([Transform(change=mined_patch(source, box))], 100)
    assert overlap(box, CORNER) < 0.5
    best = refine(screen, start, splits.train, group)[0]
    assert overlap(best.transform.change.box, CORNER) >= 0.5
    assert best.passes


def test_halving_spends_few_passes_and_keeps_the_best(screen):
    corner = parse("patch(x=8, y=8, size=3)")
    others = [parse(f"patch(x={x}, y={y}, size=2)") for x in range(7) for y in range(7)]
    [best] = screen.halve([*others, corner], [(20, 10), (60, 1)])
    assert best.transform == corner
    assert best.side == "A"
    np.testing.assert_allclose(best.still.mean, 0, atol=0.02)


def test_a_side_that_counts_half_needs_twice_the_score(screen):
    corner = parse("patch(x=8, y=8, size=3)")
    [full] = screen.best([corner], 60)
    half = replace(screen, weights={"A": 0.5, "B": 1.0})
    [halved] = half.best([corner], 60)
    np.testing.assert_allclose(halved.value, full.value / 2)
    assert halved.score == full.score


def test_near_repeats_are_recognised():
    assert alike(parse("patch(x=1, y=1, size=4)"), parse("patch(x=2, y=1, size=9)"))
    assert not alike(parse("patch(x=1, y=1, size=4)"), parse("patch(x=6, y=1, size=4)"))
    assert not alike(parse("patch(size=4)"), parse("occlude(width=4, height=4)"))
    assert alike(parse("shift(dx=1)"), parse("shift(dy=2)"))
    assert alike(parse("set(column=a, value=1)"), parse("set(column=a, value=2)"))
    assert not alike(parse("permute(column=a)"), parse("permute(column=b)"))
