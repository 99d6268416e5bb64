"""Observability as components: the addons that show what a mesh does, and what proxies tell them."""
