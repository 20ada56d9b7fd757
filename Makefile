# Everything runs in .venv, which `make` sets up with nothing but Python 3.11+.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Containers like to set it; then each of the hundreds of processes that the tests start compiles
# all that it imports.
unexport PYTHONDONTWRITEBYTECODE
EXTRAS := app,datasets,dev,docs,demo,faces,heic,keras,lab,litert,openvino,postgres,ray,serve,stamp,stores,tensorboard,transformers,visibility

.PHONY: demo test check text style types wheel site bench clean

# The main job, end to end: mark pictures, train on them, ask both models, leave it all in demo/.
demo: $(VENV)/.demo
	$(BIN)/isotopes demo --out demo

# With a thread each: with two each, threads wait for each other. Three processes on two cores,
# as tests wait for browsers, services and processes that they start. `worksteal` keeps a room's tests
# together: not each process then imports every library and starts a Ray, and none idles at the end.
test: $(VENV)/.dev
	ISOTOPES_STRICT_SKIPS=1 OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 \
		$(BIN)/python -m pytest -n 3 --dist worksteal

# What a commit must pass; what looks at the text alone runs beside the tests.
check: $(VENV)/.dev
	$(MAKE) -j 2 test text

text: style types site

style: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(VENV)/.dev
	$(BIN)/mypy

# Installs a wheel into an empty environment and uses it there, as a person would.
wheel:
	.ci/try-wheel $(PYTHON)

# The documentation site, in build/site; a broken link or reference fails it.
site: $(VENV)/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

# Measures by hand; each writes docs/results/NAME.json.
bench: $(VENV)/.dev
	for name in marking checking demo; do $(BIN)/python -m bench.$$name || exit 1; done

$(VENV)/.demo: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo]'
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS)]'
	touch $@

clean:
	rm -rf $(VENV) demo
