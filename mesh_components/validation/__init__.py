"""Whether Istio would take an object: its schema, the rules in that schema, and what istiod's webhook checks."""

from __future__ import annotations
