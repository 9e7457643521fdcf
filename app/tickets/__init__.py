"""What tools know of tickets whatever they do to them: fields behind tags, and which tickets to show as a sample."""
