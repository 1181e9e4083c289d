"""A short round under faults in every run of the tests, and proof that its check can fail."""

from pathlib import Path

from deploy.chaos.play import play


async def test_nothing_is_lost_or_doubled_while_parts_are_killed(private_directory: Path) -> None:
    outcome = await play(
        private_directory / "chaos", seed=11, demands=40, faults=25, replicas=2, pause=1.5
    )
    assert {f.holds: f.against for f in outcome.findings if f.against} == {}
    assert outcome.injected.total() >= 25


async def test_what_is_doubled_without_the_inbox_is_seen(private_directory: Path) -> None:
    outcome = await play(
        private_directory / "chaos-without-inbox",
        seed=12,
        demands=20,
        faults=0,
        replicas=1,
        pause=1,
        without="inbox",
        whole=False,
    )
    assert outcome.doubled


async def test_what_is_lost_without_the_outbox_is_seen(private_directory: Path) -> None:
    outcome = await play(
        private_directory / "chaos-without-outbox",
        seed=12,
        demands=20,
        faults=0,
        replicas=1,
        pause=1,
        without="outbox",
        patience=15,
    )
    assert outcome.lost
