"""The JSON API: for scripts with a bearer token, and for our own pages with their session."""
