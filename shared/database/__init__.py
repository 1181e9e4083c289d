"""One service's database: tables that every service has, transactions, what only one database can.

Rooms: `tables` (inbox, outbox, sequences, column types), `transactions` (one per message),
`dialects` (what PostgreSQL and SQLite do differently), `migrating` (Alembic).
"""

from shared.database.migrating import migrate
from shared.database.tables import Utc
from shared.database.transactions import Database, InTransaction, Transaction

__all__ = ["Database", "InTransaction", "Transaction", "Utc", "migrate"]
