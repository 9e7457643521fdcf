"""`flask --app run jobs …`: the command line twin of the job pages, for terminals and for scripts."""
