"""A storm around the job engine, in one process and by a clock moved by hand; the sandbox's ledger is the truth.

`python -m tests.jobs.storm --examples 5000` runs the state machine of `machine.py` for as long as wanted.
"""
