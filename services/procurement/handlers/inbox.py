"""Procurement's one queue."""

from shared.messaging import inbox

router, handles = inbox("procurement")
