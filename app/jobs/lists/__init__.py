"""Lists of tickets that people gave by their ids: kept apart from the jobs that are made of them, in parts of 100."""
