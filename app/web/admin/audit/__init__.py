"""The audit log, to be read, searched and taken away."""
