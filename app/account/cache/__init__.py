"""What is cached of the account: views, macros, names, tags."""
