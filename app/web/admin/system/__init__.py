"""The system page: what every part of the installation says of itself, and how long things are kept."""
