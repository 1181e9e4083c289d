"""Membership's one queue."""

from shared.messaging import inbox

router, handles = inbox("membership")
