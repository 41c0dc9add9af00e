"""Print what the reports found as Markdown: what docs/case-studies.md shows.

python -m case_studies.summary

Its tables and quoted verdicts are printed by this module;
tests/case_studies/test_case_page.py holds them to the results.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from case_studies.publish import CONTROLS, RESULTS

NAMES = {
    "augmentation": "1 augmentation",
    "augmentation-fashion": "1 augmentation, Fashion-MNIST",
    "pretraining": "2 pre-training",
    "sgd": "3 SGD",
}
WORDS = (
    (r"the probability of “(.+)”", r"P(\1)"),
    (r"the margin", "margin"),
    (r"inputs of every class but “(.+)”", r"all but \1"),
    (r"inputs of class “(.+)”", r"\1"),
    (r"all inputs", "all"),
)
"""Shorter words for what is measured, and on which inputs."""


def main() -> None:
    """Print the overview and the summary of each study."""
    print("\n".join(overview()))
    for name in CONTROLS:
        report = read(name)
        print(f"\n## {report['title']}")
        for part in (heading, directions, trials):
            print("\n".join(["", *part(report)]))


def read(name: str) -> Mapping[str, Any]:
    """Return a study's published report."""
    report: Mapping[str, Any] = json.loads((RESULTS / f"{name}.json").read_text("utf-8"))
    return report


def overview() -> Iterator[str]:
    """Yield a table of all studies and their controls."""
    yield "| study | models a side | p | directions | transformations | its control: models, p |"
    yield "|---|---|---|---|---|---|"
    for name, control in CONTROLS.items():
        report, null = read(name), read(control)
        found = sum(each["significant"] for each in report["directions"])
        sizes = [each["models"]["n_models"]["a"] for each in (report, null)]
        yield (
            f"| {NAMES[name]} | {sizes[0]} | {p_value(report)} | {found} | "
            f"{states(report)} | {sizes[1]}, {p_value(null)} |"
        )


def states(report: Mapping[str, Any]) -> str:
    """Return how many transformations have each verdict."""
    count = Counter(each["state"] for each in report["trials"])
    return ", ".join(f"{count[state]} {state}" for state in sorted(count))


def p_value(report: Mapping[str, Any]) -> str:
    """Return the p-value of the whole, "≤" where permutations allow no smaller one."""
    answer = report["answer"]
    least = "≤ " if answer["p_value"] <= answer["smallest_p_value"] else ""
    return f"{least}{rounded(answer['p_value'])}"


def rounded(p: float) -> str:
    """Return a p-value to three decimals, from 0.1 on to two."""
    return f"{p:.2f}" if p >= 0.1 else f"{p:.3f}"


def heading(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield the verdict, the sizes and the accuracies."""
    answer, models, data = report["answer"], report["models"], report["data"]
    names, counts = models["names"], models["n_models"]
    yield f"> **{answer['headline']}** {' '.join(answer['sentences'])}"
    yield ""
    yield (
        f"{counts['a']} models of A ({names['a']}) and {counts['b']} of B ({names['b']}), "
        f"{data['n_train']} training examples, {data['n_targets']} targets, "
        f"{data['n_verification']} verification examples."
    )
    agreement = report["agreement"]
    accuracy = agreement["accuracy"]
    yield (
        f"Accuracy on targets: A {share(accuracy['a'])}, "
        f"B {share(accuracy['b'])}; they disagree on {share(agreement['disagreement'])}."
    )


def directions(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table of the significant directions and what is over-represented at their ends."""
    found = [each for each in report["directions"] if each["significant"]]
    if not found:
        return
    yield "| direction | p | side | halves agree | over-represented at one end | at the other |"
    yield "|---|---|---|---|---|---|"
    for each in found:
        agreed = each["projection_correlation"]
        halves = "" if agreed is None else f"{agreed:.2f}"
        ends = " | ".join(map(end, each["ends"]))
        p = rounded(each["p_value"])
        yield f"| {each['number']} | {p} | {each['side']} | {halves} | {ends} |"


def end(found: Mapping[str, Any]) -> str:
    """Return what is over-represented among an end's targets and training examples."""
    kinds = (("targets", "target_enrichment"), ("training", "train_enrichment"))
    both = [
        f"{kind}: {'; '.join(map(property_, found[key][:2]))}" for kind, key in kinds if found[key]
    ]
    return ". ".join(both) or "nothing"


def property_(found: Mapping[str, Any]) -> str:
    """Return one over-represented property and its shares; of a file, its name alone."""
    value = str(found["value"]).rsplit("/", 1)[-1]
    return f"{found['name']} {value} {found['here']:.0%} (others {found['elsewhere']:.0%})"


def trials(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table of the transformations: verdict, effects, placebo."""
    yield (
        "| verdict | transformation | author | measured | on A | on B | placebo on A "
        "| placebo on B |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for each in report["trials"]:
        effects = " | ".join(
            effect((each[arm] or {}).get(side), each["unit"])
            for arm in ("effect", "placebo")
            for side in "ab"
        )
        what = f"{shorter(each['measured'])}, {shorter(each['on'])}"
        yield f"| {each['state']} | {called(each)} | {each['author']} | {what} | {effects} |"


def called(trial: Mapping[str, Any]) -> str:
    """Return a person's name for a transformation, or what a proposal does."""
    proposed = trial["direction"] is not None
    return f"direction {trial['direction']}: {trial['description']}" if proposed else trial["name"]


def shorter(words: str) -> str:
    """Return what is measured, or on which inputs, in fewer words."""
    for pattern, instead in WORDS:
        words = re.sub(f"^{pattern}$", instead, words)
    return words


def effect(found: Mapping[str, float] | None, unit: str) -> str:
    """Return a mean with its 95% interval: points of 100 for probabilities, else log-odds."""
    if found is None:
        return ""
    scale, digits = (100, 1) if unit == "percentage points" else (1, 2)
    mean, low, high = (f"{scale * found[key]:+.{digits}f}" for key in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]".replace("-", "−")


def share(found: Mapping[str, float]) -> str:
    """Return a share of 1 with its 95% interval."""
    mean, low, high = (100 * found[key] for key in ("mean", "low", "high"))
    return f"{mean:.1f}% [{low:.1f}, {high:.1f}]"


if __name__ == "__main__":
    main()
