"""What people ask of jobs: submit, run, retry, pause, resume, cancel, review."""
