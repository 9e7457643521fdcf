"""What is decided, from what was read: pure, with no database, no request and no clock (docs/protocol.md)."""
