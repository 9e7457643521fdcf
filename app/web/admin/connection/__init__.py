"""The admins' pages for the connection to Zendesk."""
