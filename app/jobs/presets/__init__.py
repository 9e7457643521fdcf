"""Presets: filled-in tools that people saved under a name, to be run again."""
