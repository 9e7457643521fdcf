"""The sandbox's control page: make this Zendesk misbehave, without a script."""
