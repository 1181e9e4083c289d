"""Membership's tables and queries.

Rooms: `tables`, `members` (the register, and members as they are today), `applications` (and what
is left of those refused), `showing` (states for people).
"""

from services.membership.store.applications import (
    application,
    delete_application,
    erasure_of,
    refused_by,
    refused_until,
    save_application,
    save_erasure,
)
from services.membership.store.members import (
    due_members,
    member,
    number_with_ags,
    numbers,
    pages,
    save_member,
)
from services.membership.store.showing import (
    show_application,
    show_erasure,
    show_member,
    show_register,
    show_votes,
)
from services.membership.store.tables import Base

__all__ = [
    "Base",
    "application",
    "delete_application",
    "due_members",
    "erasure_of",
    "member",
    "number_with_ags",
    "numbers",
    "pages",
    "refused_by",
    "refused_until",
    "save_application",
    "save_erasure",
    "save_member",
    "show_application",
    "show_erasure",
    "show_member",
    "show_register",
    "show_votes",
]
