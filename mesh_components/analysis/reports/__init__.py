"""Findings written down: for people, for machines, for code scanning."""
