"""A short round under faults in every run of the tests, and proof that its check can fail."""

from pathlib import Path

from deploy.chaos.play import Outcome, play


async def short_round(
    directory: Path, seed: int, *, faults: int = 25, without: str | None = None
) -> Outcome:
    return await play(
        directory / f"chaos-{seed}-{without}",
        seed=seed,
        demands=40,
        faults=faults,
        replicas=2,
        pause=1.5,
        without=without,
        patience=60 if without else 300,
    )


async def test_nothing_is_lost_or_doubled_while_parts_are_killed(private_directory: Path) -> None:
    outcome = await short_round(private_directory, seed=11)
    assert {f.holds: f.against for f in outcome.findings if f.against} == {}
    assert outcome.injected.total() >= 25


async def test_what_is_doubled_without_the_inbox_is_seen(private_directory: Path) -> None:
    outcome = await short_round(private_directory, seed=12, without="inbox")
    assert outcome.doubled + outcome.wrong


async def test_what_is_lost_without_the_outbox_is_seen(private_directory: Path) -> None:
    outcome = await short_round(private_directory, seed=12, faults=0, without="outbox")
    assert outcome.lost
