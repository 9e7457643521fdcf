"""The audit log: who did what, when and from where; the application only ever adds to it."""
