"""A change to a mesh, as reviewers see it: what it does to each environment, and what it brings to light."""
