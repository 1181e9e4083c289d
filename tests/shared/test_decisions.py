"""A chain of decisions shows every change but a lawful erasure."""

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.decisions import Basis, Decision, chain
from shared.decisions.chain import START, Entry, Link, NotCanonical
from shared.decisions.proof import Proof, prove, prove_file
from shared.rules import Rule

NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)
SHARING = Basis("cost sharing", "Shapley 1953")
NOTICE = Rule("notice_months", 3, date(2010, 1, 1), None, "§ 65 (2) GenG")


def a_chain(*subjects: str, unsealed: int = 0) -> list[Entry]:
    """A sealed decision about each subject, then some that are not sealed yet."""
    entries: list[Entry] = []
    for number, subject in enumerate(subjects):
        decision = Decision(
            "share",
            subject,
            "shared",
            rules=(SHARING, NOTICE),
            inputs={"alone": 120_00, "day": date(2026, 2, 3), "who": UUID(int=number)},
            result={"share": 100_00 + number},
            concerns=subject,
        )
        entries.append(kept(decision, number))
    return [*sealed(entries), *(kept(Decision("x", "s", "o"), 900 + n) for n in range(unsealed))]


def kept(decision: Decision, number: int) -> Entry:
    """A decision with the number as its id."""
    at = NOON + timedelta(seconds=number)
    return chain.written(decision, {"id": str(number), "service": "x", "decided_at": at})


def sealed(entries: Sequence[Entry]) -> list[Entry]:
    """The entries in a chain of their own."""
    seals = chain.sealed([each.head for each in entries], START, NOON)
    return [replace(entry, seal=seal) for entry, seal in zip(entries, seals, strict=True)]


def end_of(entries: Sequence[Entry]) -> Link:
    """The chain's last position and hash."""
    last = [each.seal for each in entries if each.seal][-1]
    return Link(last.position, last.hash)


def a_file(entries: Sequence[Entry]) -> str:
    """The chain as it is exported."""
    unsealed = sum(each.seal is None for each in entries)
    return (
        chain.first_line([])
        + "".join(map(chain.line, entries))
        + chain.last_line(end_of(entries), unsealed)
    )


def checked(file: str, *anchors: Link) -> Proof:
    """What an exported file comes to."""
    return prove_file(io.StringIO(file, newline="\n"), anchors)


def erased(entries: Sequence[Entry], *positions: int, recorded: bool = True) -> list[Entry]:
    """The chain after the payloads at some positions were erased."""
    left = [
        replace(each, payload=None, salt=None) if at in positions else each
        for at, each in enumerate(entries, 1)
    ]
    if not recorded:
        return left
    ids = [json.loads(entries[at - 1].head)["id"] for at in positions]
    erasure = kept(Decision(chain.ERASURE, "a", "erased", result={"erased": ids}), 500)
    return [
        *left,
        *(
            replace(erasure, seal=seal)
            for seal in chain.sealed([erasure.head], end_of(entries), NOON)
        ),
    ]


def test_an_untouched_chain_is_whole() -> None:
    entries = a_chain("a", "b", "c", unsealed=2)
    proof = prove(entries, [end_of(entries)])
    assert proof == Proof(end_of(entries), unsealed=2, kinds={"share": 3, "x": 2})
    assert checked(a_file(entries), end_of(entries)) == proof


def test_a_decision_names_its_rules_with_version_and_source() -> None:
    head = json.loads(a_chain("a")[0].head)
    assert head["rules"][0]["name"] == "cost sharing"
    assert head["rules"][0]["version"].startswith("kitu ")
    assert head["rules"][1] == {
        "name": "notice_months",
        "version": "2010-01-01",
        "source": "§ 65 (2) GenG",
    }
    assert json.loads(a_chain("a")[0].payload or "")["inputs"]["day"] == "2026-02-03"


def test_equal_payloads_have_different_digests() -> None:
    one, other = (json.loads(a_chain("a")[0].head)["digest"] for _ in range(2))
    assert one != other


FILE = a_file(erased(a_chain("a", "b", "ä", "d"), 2)).encode()
ANCHOR = end_of(erased(a_chain("a"), 1))


@given(st.integers(0, len(FILE) - 1), st.integers(0, 255))
def test_every_changed_byte_shows(at: int, byte: int) -> None:
    changed = FILE[:at] + bytes([byte]) + FILE[at + 1 :]
    text = changed.decode(errors="surrogateescape")
    assert bool(checked(text).faults) == (changed != FILE)


def test_each_single_byte_shows() -> None:
    for at in range(len(FILE)):
        changed = FILE[:at] + bytes([FILE[at] ^ 1]) + FILE[at + 1 :]
        assert checked(changed.decode(errors="surrogateescape")).faults, FILE[at - 20 : at + 20]


@given(st.integers(0, len(FILE) - 1), st.integers(1, 400))
def test_every_piece_cut_out_shows(at: int, length: int) -> None:
    assert checked((FILE[:at] + FILE[at + length :]).decode(errors="surrogateescape")).faults


@given(st.data(), st.lists(st.sampled_from("abcd"), min_size=2, max_size=8))
def test_a_decision_left_out_shows(data: st.DataObject, subjects: list[str]) -> None:
    entries = a_chain(*subjects)
    gone = data.draw(st.integers(0, len(entries) - 2))
    assert prove(entries[:gone] + entries[gone + 1 :]).faults


@given(st.permutations(range(5)))
def test_another_order_shows(order: list[int]) -> None:
    entries = a_chain(*"abcde")
    assert bool(prove([entries[at] for at in order]).faults) == (order != sorted(order))


@given(st.integers(0, 4))
def test_a_chain_cut_off_shows_by_its_anchor(length: int) -> None:
    entries = a_chain(*"abcde")
    anchor = end_of(entries)
    cut = entries[:length]
    assert not prove(cut).faults
    assert "before the anchor" in prove(cut, [anchor]).faults[0].what


def test_a_file_cut_off_at_a_line_shows_without_anchor() -> None:
    lines = list(io.StringIO(FILE.decode(), newline="\n"))
    for length in range(len(lines)):
        assert checked("".join(lines[:length])).faults


@given(st.integers(1, 5))
def test_a_chain_written_anew_shows_by_its_anchor(at: int) -> None:
    entries = a_chain(*"abcde")
    forged = kept(Decision("share", "a", "shared", result={"share": 1}), at)
    anew = sealed([*entries[: at - 1], forged, *entries[at:]])
    assert not prove(anew).faults
    assert "the anchor says" in prove(anew, [end_of(entries)]).faults[0].what


@given(st.sets(st.integers(1, 5), min_size=1))
def test_an_erasure_on_record_breaks_nothing(positions: set[int]) -> None:
    before = a_chain(*"abcde")
    after = erased(before, *sorted(positions))
    proof = prove(after, [end_of(before)])
    assert not proof.faults
    assert proof.erased == len(positions)
    assert not checked(a_file(after)).faults


def test_an_erasure_without_record_shows() -> None:
    (fault,) = prove(erased(a_chain(*"abc"), 2, recorded=False)).faults
    assert fault.position == 2
    assert "no later decision erased them" in fault.what


def test_another_payload_or_salt_shows() -> None:
    one, other = a_chain("a", "b")
    for changed in (
        replace(one, payload=other.payload),
        replace(one, salt=other.salt),
        replace(one, salt="no hex"),
        replace(one, salt=None),
        replace(one, payload=None),
        replace(one, misfiled=True),
    ):
        assert prove([changed, other]).faults[0].position == 1


def test_a_sealed_decision_behind_an_unsealed_one_shows() -> None:
    one, other = a_chain("a", "b")
    assert prove([one, replace(other, seal=None), other]).faults


@pytest.mark.parametrize(
    "text", ["{}\n", "[]\n", "1\n", '{"a": 1}\n', "{", '{"a":1,"a":1}\n', "[" * 9999 + "\n"]
)
def test_what_is_no_entry_is_told_from_one(text: str) -> None:
    with pytest.raises(NotCanonical):
        chain.read_line(text)


def test_a_line_reads_back_as_it_was() -> None:
    for entry in a_chain("a", "b", unsealed=1):
        assert chain.read_line(chain.line(entry)) == entry
