"""What membership knows and decides, in plain Python. Dates are local dates in Europe/Berlin.

Rooms: `people` (who a member is), `register` (entries, read as of any day), `members` (a member's
page in it, and what a day makes due), `contacts`, `joining`, `shares`, `leaving`.
"""

from services.membership.domain.people import Address, Contact, LegalPerson

__all__ = ["Address", "Contact", "LegalPerson"]
