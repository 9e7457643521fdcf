"""The pages that belong to no tool: the dashboard and the jobs."""
