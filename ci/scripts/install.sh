#!/bin/sh
# The project's Python environment, in the folder that Pulumi.yaml names as its virtualenv: what requirements.txt pins, with `mesh`.
set -eu
python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
# In a checkout of mesh-components itself the package is not among its requirements.
if [ ! -x .venv/bin/mesh ] && [ -f pyproject.toml ]; then
  .venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
fi
if [ ! -x .venv/bin/mesh ]; then
  echo "error: requirements.txt has no mesh-components: the command mesh is not in .venv/bin" >&2
  exit 1
fi
