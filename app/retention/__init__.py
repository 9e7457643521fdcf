"""Retention: what grew old is removed; the numbers of jobs stay."""
