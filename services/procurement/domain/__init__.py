"""What procurement knows and decides, in plain Python.

Rooms: `money` (exact sums), `terms` (what KID offers), `contracts` (calls, maximum), `rounds`
(from announcement to completion), `orders` (answer, delivery, invoice), `costs` (what a member
pays in the end).
"""
