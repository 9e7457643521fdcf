"""What admins decide for this installation, kept in the database: switches, limits, retention."""
