"""The account's macros as people read and search them: for every tool that works with macros."""
