"""The decision record: what was decided, by which rule, on what, in a chain that shows any change.

Rooms: `decision` (what a handler states), `chain` (how decisions are linked and written down),
`proof` (what is wrong with a chain). All of it is plain; `shared.database` keeps it.
"""

from shared.decisions.decision import Basis, Decision

__all__ = ["Basis", "Decision"]
