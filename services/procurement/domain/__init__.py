"""What procurement knows and decides, in plain Python.

Rooms: `money` (exact sums), `terms` (what KID offers), `contracts` (calls, maximum), `rounds`
(from announcement to completion), `orders` (answer, delivery, invoice), `costs` (what a member
pays in the end), `tenders` (demand no contract can serve), `tender_law` (what the law makes of it).
"""
