"""Print what a report found as Markdown: the tables of docs/case-studies.md.

python -m case_studies.summary case_studies/results/augmentation.json ...
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SHARES = ("percentage points",)


def main() -> None:
    """Print the summary of each report.json named on the command line."""
    for path in sys.argv[1:]:
        report = json.loads(Path(path).read_text("utf-8"))
        print("\n".join([*heading(report), "", *directions(report), "", *trials(report), ""]))


def heading(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield the verdict, the sizes and the accuracies."""
    answer, models, data = report["answer"], report["models"], report["data"]
    yield f"## {report['title']}"
    yield ""
    yield f"**{answer['headline']}** {' '.join(answer['sentences'])}"
    yield ""
    yield (
        f"{models['n_a']} models of A ({models['a']}) and {models['n_b']} of B ({models['b']}), "
        f"{data['n_train']} training examples, {data['n_targets']} targets, "
        f"{data['n_verification']} verification examples."
    )
    agreement = report["agreement"]
    if agreement:
        yield (
            f"Accuracy on targets: A {share(agreement['accuracy_a'])}, "
            f"B {share(agreement['accuracy_b'])}; "
            f"they disagree on {share(agreement['disagreement'])}."
        )


def directions(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table of the significant directions and what is over-represented at their ends."""
    found = [each for each in report["directions"] if each["significant"]]
    if not found:
        return
    yield "| direction | p | side | halves agree | at its ends (targets; training) |"
    yield "|---|---|---|---|---|"
    for each in found:
        agreed = each["projection_correlation"]
        halves = "" if agreed is None else f"{agreed:.2f}"
        ends = " **against** ".join(map(end, each["ends"]))
        yield f"| {each['number']} | {each['p_value']:.3f} | {each['side']} | {halves} | {ends} |"


def end(found: Mapping[str, Any]) -> str:
    """Return what is over-represented among an end's targets and training examples."""
    both = (found["target_enrichment"][:2], found["train_enrichment"][:2])
    return " / ".join("; ".join(map(property_, each)) or "nothing" for each in both)


def property_(found: Mapping[str, Any]) -> str:
    """Return one over-represented property and its shares."""
    return f"{found['name']} {found['value']} {found['here']:.0%} (else {found['elsewhere']:.0%})"


def trials(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table of the transformations: verdict, effects, placebo."""
    columns = "on A | on B | placebo on A | placebo on B"
    yield f"| verdict | transformation | author | measured | {columns} |"
    yield "|---|---|---|---|---|---|---|---|"
    for each in report["trials"]:
        scale = 100 if each["unit"] in SHARES else 1
        effects = [
            "" if each[key] is None else interval(each[key], scale)
            for key in ("a", "b", "placebo_a", "placebo_b")
        ]
        what = f"{each['measured']}, {each['on']}"
        yield (
            f"| {each['state']} | {each['description']} | {each['author']} | {what} | "
            f"{' | '.join(effects)} |"
        )


def share(found: Mapping[str, float]) -> str:
    """Return a share of 1 with its 95% interval."""
    mean, low, high = (100 * found[key] for key in ("mean", "low", "high"))
    return f"{mean:.1f}% [{low:.1f}, {high:.1f}]"


def interval(found: Mapping[str, float], scale: float) -> str:
    """Return a mean with its 95% interval."""
    mean, low, high = (scale * found[key] for key in ("mean", "low", "high"))
    return f"{mean:+.2f} [{low:+.2f}, {high:+.2f}]"


if __name__ == "__main__":
    main()
