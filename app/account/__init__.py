"""The Zendesk account behind this installation: connection, rate budget, and what is cached of it."""
