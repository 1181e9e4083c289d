"""How messages travel: where they go, who may say what, how they take effect once, how they leave.

Rooms: `topology` (exchanges, queues, policies, users), `gate` (who may say what; parsing),
`receiving` (one transaction per message, recovery), `parking` (tried again later),
`letters` (rejections, dead letters), `inbox` (a service's handlers),
`relay` (from the outbox to the broker).
"""

from shared.messaging.inbox import Handles, inbox
from shared.messaging.receiving import Receiver
from shared.messaging.relay import Relay

__all__ = ["Handles", "Receiver", "Relay", "inbox"]
