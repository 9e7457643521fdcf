"""Who carries a job out: the driver, its turns, and what they do to the tickets."""
