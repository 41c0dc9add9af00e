#!/usr/bin/env bash
# The tests against the newest release of every dependency, upper bounds left out: to be run on a schedule,
# such as weekly. What fails here is what a bound of pyproject.toml has to say before users meet it.
# It works on a copy, in a folder of its own; arguments go to pytest.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git -C "$root" archive HEAD | tar -x -C "$folder"
cd "$folder"
sed -i -E 's/,<[0-9.]+"/"/' pyproject.toml
python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check --upgrade --editable '.[dev]'
.venv/bin/pip install --quiet --disable-pip-version-check --no-deps modeldiff==1.0.1
.venv/bin/pip freeze --exclude-editable
.venv/bin/python -m pytest -n auto --dist worksteal "$@"
