"""Copy the reports' numbers into case_studies/results, without other people's pictures.

python -m case_studies.publish
"""

import json
from pathlib import Path
from typing import Any

RESULTS = Path("case_studies/results")
STUDIES = {
    "augmentation": "augmentation/study.toml",
    "augmentation-control": "augmentation/control.toml",
    "augmentation-fashion": "augmentation/fashion.toml",
    "augmentation-fashion-control": "augmentation/fashion-control.toml",
    "pretraining": "pretraining/study.toml",
    "pretraining-control": "pretraining/control.toml",
    "sgd": "sgd/study.toml",
    "sgd-control": "sgd/control.toml",
}
"""Run below runs/ to the study file that it is of."""
CONTROLS = {name: f"{name}-control" for name in STUDIES if f"{name}-control" in STUDIES}
"""Each study and its control."""


def main() -> None:
    """Copy what there is below runs/, controls too."""
    RESULTS.mkdir(exist_ok=True)
    for run, file in STUDIES.items():
        written = Path("runs") / run / "report.json"
        if not written.is_file():
            print(f"{written} is not there: {command(run, file)}")
            continue
        report = json.loads(written.read_text("utf-8"))
        report["reproduction"]["command"] = command(run, file)
        path = RESULTS / f"{run}.json"
        path.write_text(json.dumps(bare(report), ensure_ascii=False, indent=1) + "\n", "utf-8")
        print(path)


def command(run: str, file: str) -> str:
    """Return what was typed to make a run."""
    return f"traindiff run case_studies/{file} --out runs/{run}"


def bare(value: Any) -> Any:
    """Return ``value`` with the picture of every transformation left out."""
    if isinstance(value, dict):
        return {
            key: "left out" if key == "picture" and isinstance(each, str) else bare(each)
            for key, each in value.items()
        }
    return [bare(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
