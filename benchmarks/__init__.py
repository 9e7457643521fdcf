"""Measurements of the real thing: real HTTP, real Redis, a real worker. `make bench` runs them all."""
