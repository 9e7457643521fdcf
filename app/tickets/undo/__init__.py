"""What it takes to take a job back: what is restored on a ticket, and what has to be left as it is now."""
