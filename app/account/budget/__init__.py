"""One rate budget per Zendesk account, shared by all processes through Redis."""
