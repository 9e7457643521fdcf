"""Every statement of a driver, and what pages and the API read of jobs."""
