"""What asks for Graphviz where it is not installed."""

import no_such_pygraphviz  # type: ignore[import-not-found]  # noqa: F401
