"""Tools: who may use each, and on how many tickets at once."""
