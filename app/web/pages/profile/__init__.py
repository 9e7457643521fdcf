"""The page of the person who is signed in."""
