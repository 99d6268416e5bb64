"""The CEL engine, without the command line that its package loads with it.

`import cel` (common-expression-language 0.10) loads a terminal user interface, which takes longer than everything that
an analysis of a few hundred objects does. The engine itself is one extension module of that package.
"""

from __future__ import annotations

import sys
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType


def _engine() -> ModuleType:
    package = find_spec("cel")
    for folder in (package and package.submodule_search_locations) or ():
        for suffix in EXTENSION_SUFFIXES:
            file = Path(folder) / f"cel{suffix}"
            if file.is_file():
                spec = spec_from_file_location("cel.cel", file, loader=ExtensionFileLoader("cel.cel", str(file)))
                assert spec is not None and spec.loader is not None
                module = module_from_spec(spec)
                spec.loader.exec_module(module)
                return module
    import cel  # laid out differently

    return cel


cel = sys.modules.get("cel.cel") or _engine()
"""`compile`, `evaluate`, `Context`."""
