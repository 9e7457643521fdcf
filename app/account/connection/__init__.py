"""The Zendesk account behind this installation: who we act as there, its clients, and what is cached of it."""
