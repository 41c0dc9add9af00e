"""What the terminal says of a result: the report's answer, and no more."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from traindiff.errors import StoreError
from traindiff.visible import visible

__all__ = ["tell"]

VERDICT_STYLES = {
    "confirmed": "bold green",
    "contrast": "green",
    "refuted": "red",
    "inconclusive": "yellow",
}
SHOWN = 8


def tell(console: Console, report: Path, notes: tuple[str, ...] = ()) -> None:
    """Print the answer of a report, read from the ``report.json`` beside it."""
    path = report.with_suffix(".json")
    try:
        _tell(console, json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError(f"{path} is no report of traindiff's: {error!r}.") from error
    for note in notes:
        console.print(_text(f"note: {note}", style="yellow"))
    console.print(Text.assemble("Report: ", (visible(str(report)), "bold")), soft_wrap=True)


def _tell(console: Console, document: dict[str, Any]) -> None:
    console.print()
    console.print(_text(document["title"], style="dim"))
    console.print(_text(document["answer"]["headline"], style="bold"))
    for line in (*_performance(document), *_agreement(document)):
        console.print(_text(line))
    for sentence in document["answer"]["sentences"]:
        console.print(_text(sentence))
    for caution in document["cautions"]:
        console.print(_text(f"check: {caution}", style="yellow"))
    if document["trials"]:
        console.print(_hypotheses(document))


def _text(shown: str, style: str = "") -> Text:
    return Text(visible(shown), style=style)


def _agreement(document: dict[str, Any]) -> list[str]:
    found = document["agreement"]
    if not found:
        return []
    a, b = (_percent(found["accuracy"][side]) for side in "ab")
    names = document["models"]["names"]
    return [
        f"Accuracy: A ({names['a']}) {a}, B ({names['b']}) {b}; "
        f"they disagree on {_percent(found['disagreement'])} of targets."
    ]


def _performance(document: dict[str, Any]) -> list[str]:
    """Return the metrics of a regression, whose predictions agree more or less."""
    found = document["performance"]
    if not found or document["agreement"]:
        return []
    return [
        f"{metric['name']}: A {_number(metric['values']['a'])}, B {_number(metric['values']['b'])}"
        for metric in found["metrics"]
    ]


def _hypotheses(document: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("verdict", "transformation", "measured", "effect on A", "effect on B"):
        table.add_column(name, overflow="fold")
    order = sorted(document["trials"], key=lambda each: each["state"] != "confirmed")
    for each in order[:SHOWN]:
        table.add_row(
            _text(each["state"], style=VERDICT_STYLES.get(each["state"], "")),
            _text(each["description"]),
            _text(each["measured"]),
            *_effects(each["effect"]),
        )
    return table


def _effects(pair: dict[str, dict[str, float]] | None) -> list[str]:
    return ["-", "-"] if pair is None else [_effect(pair["a"]), _effect(pair["b"])]


def _effect(interval: dict[str, float]) -> str:
    return f"{interval['mean']:+.2f} [{interval['low']:+.2f}, {interval['high']:+.2f}]"


def _number(interval: dict[str, float]) -> str:
    mean, low, high = (f"{interval[part]:,.4g}" for part in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"


def _percent(interval: dict[str, float]) -> str:
    mean, low, high = (100 * interval[part] for part in ("mean", "low", "high"))
    return f"{mean:.1f}% [{low:.1f}, {high:.1f}]"
