"""Notifications' tables and queries; they return domain objects.

Rooms: `tables`, `known` (what other services state), `occasions` (what is to be told), `mails`
(what was made of it, and how far it is).
"""

from services.notifications.store.known import (
    active_members,
    close_round,
    flag,
    forget_demand,
    member,
    members_in_round,
    open_rounds,
    overdue,
    promise,
    save_closing,
    save_demand,
    save_member,
    save_round,
    save_saving,
    savings,
    take_closings,
    world,
)
from services.notifications.store.mails import (
    MailInHand,
    add_mail,
    claim,
    erase_before,
    erase_caused_by,
    erase_content,
    erase_person,
    mail,
    save_bounce,
    save_try,
    show_mail,
)
from services.notifications.store.occasions import (
    due_tellings,
    rewrite_untold,
    tell,
    told,
    told_parties,
)
from services.notifications.store.tables import Base

__all__ = [
    "Base",
    "MailInHand",
    "active_members",
    "add_mail",
    "claim",
    "close_round",
    "due_tellings",
    "erase_before",
    "erase_caused_by",
    "erase_content",
    "erase_person",
    "flag",
    "forget_demand",
    "mail",
    "member",
    "members_in_round",
    "open_rounds",
    "overdue",
    "promise",
    "rewrite_untold",
    "save_bounce",
    "save_closing",
    "save_demand",
    "save_member",
    "save_round",
    "save_saving",
    "save_try",
    "savings",
    "show_mail",
    "take_closings",
    "tell",
    "told",
    "told_parties",
    "world",
]
