# Two commands do all the set-up: `make up` and `make test`. Everything else is for working on the project itself.
STACK ?= demo
PYTHON ?= python3
VENV := .venv
MESH := $(VENV)/bin/mesh

.PHONY: help up down status test lint bench lock schemas
.DEFAULT_GOAL := help

# Where Python may not keep its bytecode, as in many images, every command and every run of the program would compile all
# of this project anew. It is kept in __pycache__, which git ignores.
unexport PYTHONDONTWRITEBYTECODE

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

# The environment is complete when its stamp is newer than what it was made from, so a killed install is repeated.
$(VENV)/.installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "make: Python 3.11 or newer is needed; this is %s. Set PYTHON=/path/to/python3.11" % sys.version.split()[0])'
	@echo "==> Python environment: installing the pinned packages into $(VENV) (about a minute the first time)"
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

up: $(VENV)/.installed ## A running, verified mesh on a local cluster (STACK=demo)
	@$(MESH) up --stack $(STACK)

down: $(VENV)/.installed ## Remove the mesh and the local cluster
	@$(MESH) down

status: $(VENV)/.installed ## What runs, and where its logs are
	@$(MESH) cluster status

test: $(VENV)/.installed ## Every test, the ones on a real cluster included
	@echo "==> Tests: the ones on a Kubernetes node of their own, and beside them all others"
	@$(VENV)/bin/python -m tests

lint: $(VENV)/.installed ## ruff, mypy, import-linter, pre-commit's checks
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

bench: $(VENV)/.installed ## Side-by-side measurements, as ratios (BENCH=--cold: make up on empty caches)
	@$(MESH) cluster tools
	@$(VENV)/bin/python -m bench $(BENCH)

SCHEMAS := istio-api istio-api-1.30 istio-api-1.29 istio-api-1.28 istio-api-1.27 \
	gateway-api gateway-api-1.5 gateway-api-1.4 gateway-api-1.3

schemas: $(VENV)/.installed ## Write the schemas of every version again, from the Go modules
	@for module in $(SCHEMAS); do \
		folder=$$($(VENV)/bin/python -c "from local_cluster import toolchain; print(toolchain.module_dir('$$module'))") && \
		$(VENV)/bin/python -m mesh_components.schemas.generate "$$folder" || exit 1; done

lock: ## Compile requirements.in into requirements.txt, here and in policy/
	@$(PYTHON) -m venv build/pip-tools && build/pip-tools/bin/pip install --quiet pip-tools
	@for folder in . policy; do build/pip-tools/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
		--no-emit-find-links --no-emit-index-url --no-emit-trusted-host \
		--output-file $$folder/requirements.txt $$folder/requirements.in || exit 1; done
