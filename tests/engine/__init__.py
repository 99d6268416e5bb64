"""Tests that run the real Pulumi engine."""
