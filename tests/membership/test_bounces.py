"""What comes back to notifications is known to membership: as processes, over a real broker."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.builders import an_envelope
from tests.cooperative import Cooperative, log_in, run_service, until

NEW = {"role": "it", "name": "IT-Stelle", "email": "edv@barleben.example"}


async def test_a_contact_is_flagged_by_what_notifications_states_and_cleared_by_a_new_address(
    cooperative: Cooperative, tmp_path: Path
) -> None:
    membership = run_service("membership", cooperative.url("membership"), tmp_path)
    board = await log_in(cooperative, "board")
    try:
        await membership.becomes(200)
        application = {"application_id": str(uuid4())}
        for fact in ("applied", "decided"):
            whole = an_envelope(f"membership.{fact}.v1", "coop")
            whole["data"] |= application
            await board.say(f"membership.{fact}.v1.coop", whole)
        await board.hears(lambda told: told["type"] == "member.admitted.v1")

        async def contact() -> dict[str, Any]:
            _, shown = await membership.ask("/show?kind=member&id=10002")
            return dict(shown["contacts"][0])

        async def is_flagged() -> bool:
            return (await contact())["returned_on"] is not None

        assert not await is_flagged()
        notifications = await log_in(cooperative, "notifications")
        bounced = an_envelope("contact.bounced.v1", sequence=1)
        await notifications.state("contact.bounced.v1.10002", bounced)
        await notifications.connection.close()
        await until(is_flagged)
        assert (await contact())["returned_because"] == "5.1.1 unknown"

        member = await log_in(cooperative, "member-10002")
        changed = an_envelope("contacts.changed.v1", "10002")
        changed["data"] = {"member": "10002", "contacts": [NEW]}
        await member.say("contacts.changed.v1.10002", changed)
        heard = await member.hears(lambda told: told["type"] == "member.changed.v1")
        await member.connection.close()
        assert heard["data"]["contacts"] == [NEW]
        assert await contact() == NEW | dict.fromkeys(("mails", "returned_on", "returned_because"))
    finally:
        await board.connection.close()
        membership.process.kill()
