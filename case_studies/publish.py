"""Copy the reports' numbers into case_studies/results, without other people's pictures.

python -m case_studies.publish
"""

import json
from pathlib import Path
from typing import Any

RESULTS = Path("case_studies/results")
RUNS = ("augmentation", "augmentation-fashion", "pretraining", "sgd")


def main() -> None:
    """Copy what there is below runs/, controls too."""
    RESULTS.mkdir(exist_ok=True)
    for run in [name for study in RUNS for name in (study, f"{study}-control")]:
        report = json.loads((Path("runs") / run / "report.json").read_text("utf-8"))
        path = RESULTS / f"{run}.json"
        path.write_text(json.dumps(bare(report), ensure_ascii=False, indent=1) + "\n", "utf-8")
        print(path)


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
