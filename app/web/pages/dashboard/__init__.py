"""The first page: where we are, what one can do here, what runs and what ran."""
