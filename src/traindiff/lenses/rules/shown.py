"""What the lens on rules shows: the rules, and how well they hold beside two plainer ways."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from traindiff.lenses.base import Models
from traindiff.lenses.exhibits import Cell, Exhibit, Rule, Rules, Table
from traindiff.lenses.rules.cuts import Rows
from traindiff.lenses.rules.fidelity import covered, measured
from traindiff.lenses.rules.readable import Readable
from traindiff.lenses.rules.regions import EVERYWHERE, Region
from traindiff.lenses.rules.trees import Growth, joint_trees, separate_trees, tree
from traindiff.pair import Pair

__all__ = ["Halves", "shown"]

MOST = 12

Found = tuple[Region, Pair[int]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Halves:
    """Inputs on which rules are made, and inputs on which they are judged; int indices."""

    fit: np.ndarray
    held_out: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Votes:
    """What models say, int [models, inputs], as indices into the names of what any says."""

    said: np.ndarray
    names: tuple[str, ...]

    @classmethod
    def of(cls, models: Models) -> "Votes":
        """Return the answers of all models."""
        labels, said = np.unique(models.answers.predictions, return_inverse=True)
        names = models.questions.class_names
        return cls(
            said=said.reshape(models.answers.predictions.shape),
            names=tuple(str(each) if names is None else names[each] for each in labels.tolist()),
        )

    def shares(self, chosen: np.ndarray) -> np.ndarray:
        """Return the share of some models that say each label, [inputs, labels]."""
        said = self.said[chosen][..., None] == np.arange(len(self.names))
        return np.asarray(said.mean(axis=0))


def shown(
    votes: Votes, features: Readable, halves: Halves, is_a: np.ndarray, growth: Growth
) -> tuple[Exhibit, ...]:
    """Return the rules of the majority votes, and their fidelity beside two baselines."""
    shares = Pair(votes.shares(is_a), votes.shares(~is_a))
    mostly = np.stack([each.argmax(axis=1) for each in shares])
    rows = Rows.of(features.values[halves.fit], mostly[:, halves.fit])
    joint = list(joint_trees(rows, growth).differences(EVERYWHERE))
    rules = [_rule(each, features, halves, mostly, shares, votes.names) for each in joint]
    rules.sort(key=lambda rule: (-(rule.recall or 0), -(rule.precision or 0)))
    ways = {
        "joint trees": [region for region, _ in joint],
        "two separate trees": [
            region for region, _ in separate_trees(rows, growth).differences(EVERYWHERE)
        ],
        "one tree on where they differ": _direct(rows, growth),
    }
    said = {name: covered(each, features.values[halves.held_out]) for name, each in ways.items()}
    differ = mostly[0, halves.held_out] != mostly[1, halves.held_out]
    return (_rules(rules), _fidelity(ways, said, differ))


def _direct(rows: Rows, growth: Growth) -> list[Region]:
    """Return the leaves "differ" of one tree on whether the votes do."""
    differ = (rows.codes[0] != rows.codes[1]).astype(int)[None]
    one = tree(Rows(values=rows.values, codes=differ, orders=rows.orders), growth)
    return [region for region, label in one.leaves(EVERYWHERE) if label]


def _rule(
    found: Found,
    features: Readable,
    halves: Halves,
    mostly: np.ndarray,
    shares: Pair[np.ndarray],
    names: tuple[str, ...],
) -> Rule:
    region, said = found
    inside = region.holds(features.values[halves.held_out])
    fidelity = measured(inside, mostly[0, halves.held_out] != mostly[1, halves.held_out])
    a, b = (
        names[label] + _share(each[halves.held_out], inside, label)
        for label, each in zip(said, shares, strict=True)
    )
    return Rule(
        conditions=features.conditions(region),
        a=a,
        b=b,
        precision=fidelity.precision,
        recall=fidelity.recall,
        inputs=int(inside.sum()),
    )


def _share(shares: np.ndarray, inside: np.ndarray, label: int) -> str:
    """Return the share of votes for a label in a region, in brackets."""
    return f" ({shares[inside, label].mean():.0%} of votes)" if inside.any() else ""


def _rules(rules: Sequence[Rule]) -> Rules:
    more = f" ({MOST} of {len(rules)})" if len(rules) > MOST else ""
    return Rules(
        title=f"Where A and B decide differently{more}; judged on inputs not used for the rules",
        rules=tuple(rules[:MOST]),
    )


def _fidelity(
    ways: dict[str, list[Region]], said: dict[str, np.ndarray], differ: np.ndarray
) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, regions in ways.items():
        found = measured(said[name], differ)
        conditions = sum(len(region.ranges) for region in regions)
        rows.append((name, found.precision, found.recall, found.f1, len(regions), conditions))
    rows.append(("every input", float(differ.mean()), 1.0 if differ.any() else None, *[None] * 3))
    return Table(
        title="How well rules tell where majority votes differ, on inputs not used for them",
        columns=("", "precision", "recall", "F1", "rules", "conditions"),
        rows=tuple(rows),
    )
