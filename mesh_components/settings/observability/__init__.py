"""Settings of observability: the addons that show what a mesh does, and what proxies tell them."""
