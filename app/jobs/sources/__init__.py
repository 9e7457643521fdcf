"""Where a job's tickets come from: what a source must say is in `base.py`, the sources are named in `registry.py`."""
