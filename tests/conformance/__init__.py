"""Checks that need Node: `make conformance` runs them, `make test` does not."""
