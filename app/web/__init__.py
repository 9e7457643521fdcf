"""What people and scripts meet: pages, the JSON API, and the pages of admins."""
