"""A short round under faults in every run of the tests, and proof that its check can fail."""

from pathlib import Path

import pytest

from deploy.chaos.__main__ import Outcome, play


async def short_round(directory: Path, seed: int, without: str | None = None) -> Outcome:
    return await play(
        directory / f"chaos-{seed}-{without}",
        seed=seed,
        demands=40,
        faults=0 if without == "outbox" else 25,
        replicas=2,
        pause=0.4,
        without=without,
        patience=40 if without else 300,
    )


async def test_nothing_is_lost_or_doubled_while_parts_are_killed(private_directory: Path) -> None:
    outcome = await short_round(private_directory, seed=11)
    assert {f.holds: f.against for f in outcome.findings if f.against} == {}
    assert outcome.injected.total() >= 25


@pytest.mark.parametrize("safeguard", ["inbox", "outbox"])
async def test_the_check_sees_the_loss_of_a_safeguard(
    safeguard: str, private_directory: Path
) -> None:
    outcome = await short_round(private_directory, seed=12, without=safeguard)
    assert not outcome.is_well
