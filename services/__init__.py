"""The four services of the suite. They share no code of their own and talk only through messages."""
