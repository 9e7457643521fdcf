"""Counters of what the processes do: imported by all, importing none but the Zendesk client's types."""
