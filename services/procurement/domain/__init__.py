"""What procurement knows and decides, in plain Python.

Rooms: `money` (exact sums), `contracts` (terms, calls, maximum), `rounds` (from announcement to
completion), `orders` (answer, delivery, invoice), `costs` (what a member pays in the end).
"""
