"""A buying round under faults, and the proof that nothing was lost or doubled: `make chaos`.

Rooms: `cluster` (replicas on real parts), `faults` (what is done to them), `outside` (members,
board and KID, who never give up), `round` (what they do), `projections` and `invariants` (what must
hold in the end), `play` (one run), `sabotage` (services with a safeguard turned off, to show that
the check can fail).
"""
