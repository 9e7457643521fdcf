"""The sandbox's own pages, without a script: its tickets and macros to look at, and its control page."""
