"""Writing a report: files that say the same, and one that says it in a few words."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from traindiff.report.content.before_after import applied
from traindiff.report.content.build import build, run_summary
from traindiff.report.evidence import Evidence
from traindiff.report.render import json as json_
from traindiff.report.render import markdown, page
from traindiff.report.render.pictures import pictures
from traindiff.saved import SUMMARY
from traindiff.store.disk import explained, move_whole, remove, sync_tree, write_new

__all__ = ["write_report"]


def write_report(evidence: Evidence, directory: str | Path) -> Path:
    """Write ``report.html``, ``report.json``, ``report.md`` and ``summary.json``.

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
        SUMMARY: json_.render(run_summary(document)),
        "report.html": page.render(document, pictures(evidence.splits, document, changed)),
    }
    _write_all(
        {directory / name: text.encode(errors="backslashreplace") for name, text in texts.items()}
    )
    return directory / "report.html"


def _write_all(files: Mapping[Path, bytes]) -> None:
    """Write all beside, then rename, so that no one reads half a report, or halves of two."""
    beside = {path: path.with_name(f".{path.name}.partial") for path in files}
    try:
        for path, content in files.items():
            with explained(path, "write"):
                path.parent.mkdir(parents=True, exist_ok=True)
                write_new(beside[path], content)
                sync_tree(beside[path])
        for path in files:
            with explained(path, "write"):
                move_whole(beside[path], path)
    finally:
        for partial in beside.values():
            with suppress(OSError):  # the error that is under way says more
                remove(partial)
