"""Proofs by brute force: `console prove` makes random worlds from a seed and looks for a wrong one."""
