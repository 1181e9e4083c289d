"""The four services of the suite. They talk only through messages."""
