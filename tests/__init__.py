"""What the suite promises, one test per promise."""
