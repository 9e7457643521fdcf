"""Jobs in the browser: the list, one job's page, and what people ask of it there."""
