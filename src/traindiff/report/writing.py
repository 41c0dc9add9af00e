"""Writing a report: three files that say the same."""

from pathlib import Path

from traindiff.report.content.before_after import applied
from traindiff.report.content.build import build
from traindiff.report.evidence import Evidence
from traindiff.report.render import json as json_
from traindiff.report.render import markdown, page
from traindiff.report.render.pictures import pictures
from traindiff.store.disk import explained, replace_whole

__all__ = ["write_report"]


def write_report(evidence: Evidence, directory: str | Path) -> Path:
    """Write ``report.html``, ``report.json`` and ``report.md``.

    The same evidence gives the same bytes.

    Parameters
    ----------
    evidence : Evidence
    directory : path
        Made if it is not there; older reports in it are replaced.

    Returns
    -------
    pathlib.Path
        Of ``report.html``.

    Raises
    ------
    StoreError
        When the files can't be written: a full disk, no permission, a file in the way.
    """
    directory = Path(directory)
    document = build(evidence)
    changed = applied(evidence.verdicts, evidence.splits)
    texts = {
        "report.json": json_.render(document),
        "report.md": markdown.render(document),
        "report.html": page.render(document, pictures(evidence.splits, document, changed)),
    }
    for name, text in texts.items():
        with explained(directory / name, "write"):
            _write(directory / name, text)
    return directory / "report.html"


def _write(path: Path, text: str) -> None:
    """Write beside, then rename, so that no one ever reads half a report."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.partial")
    beside.write_text(text, encoding="utf-8", newline="\n")
    replace_whole(beside, path)
