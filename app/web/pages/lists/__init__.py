"""Lists of tickets that people gave by their ids."""
