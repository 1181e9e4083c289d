"""What is wrong with a chain: any byte changed, anything left out, put in, moved or cut off."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from shared.decisions.chain import (
    ERASURE,
    START,
    Entry,
    Link,
    NotCanonical,
    digest,
    link,
    read_canonical,
    read_line,
    read_link,
)


class Fault(NamedTuple):
    """Something wrong, and where: a position, or 0 for the chain as a whole."""

    position: int
    what: str


@dataclass
class Proof:
    """What a chain comes to. It is whole where there are no `faults`."""

    end: Link = START
    unsealed: int = 0
    erased: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def prove(entries: Iterable[Entry], anchors: Iterable[Link] = ()) -> Proof:
    """Check a whole chain from its beginning, sealed entries first.

    Args:
        entries: in the order of their positions, then what is not sealed yet.
        anchors: what the chain's end was at some time, from outside (a mail), which alone shows
            a chain that was cut off or written anew.
    """
    proof = Proof()
    expected = {anchor.position: anchor for anchor in anchors}
    without_payload: dict[str, int] = {}
    erased: set[str] = set()
    for entry in entries:
        proof.faults += _broken_place(entry, proof)
        place = entry.seal.position if entry.seal else proof.end.position
        if entry.seal:
            proof.end = Link(entry.seal.position, entry.seal.hash)
            anchor = expected.pop(entry.seal.position, None)
            if anchor is not None and anchor.hash != entry.seal.hash:
                proof.faults.append(Fault(place, f"is not what the anchor says, {anchor}"))
        else:
            proof.unsealed += 1
        try:
            head, payload = _parts(entry)
        except NotCanonical as error:
            proof.faults.append(Fault(place, str(error)))
            continue
        if entry.misfiled:
            proof.faults.append(Fault(place, "is filed under another subject than its own"))
        kind = str(head.get("kind"))
        proof.kinds[kind] = proof.kinds.get(kind, 0) + 1
        if payload is None:
            proof.erased += 1
            without_payload[str(head.get("id"))] = place
        elif kind == ERASURE:
            erased.update(payload.get("result", {}).get("erased", ()))
    for id_, place in without_payload.items():
        if id_ not in erased:
            what = "its inputs and result are gone, and no later decision erased them"
            proof.faults.append(Fault(place, what))
    proof.faults += [
        Fault(0, f"ends at position {proof.end.position}, before the anchor {anchor}")
        for anchor in expected.values()
    ]
    return proof


def prove_file(lines: Iterable[str], anchors: Iterable[Link] = ()) -> Proof:
    """Check a file as `kitu audit export` writes it."""
    faults: list[Fault] = []
    end: dict[str, Any] = {}
    rest = iter(lines)
    try:
        told = [read_link(each) for each in read_canonical(next(rest, "")[:-1])["told"]]
    except (KeyError, TypeError, ValueError):
        return Proof(faults=[Fault(0, "line 1 does not begin the file of a chain")])

    def entries() -> Iterator[Entry]:
        for number, text in enumerate(rest, 2):
            if end:
                faults.append(Fault(0, f"line {number} comes after the file's last line"))
                return
            try:
                if text.endswith("\n") and '"end":' in text[:8]:
                    end.update(read_canonical(text[:-1]))
                    continue
                entry = read_line(text)
            except NotCanonical as error:
                faults.append(Fault(0, f"line {number} {error}"))
                continue
            yield entry

    proof = prove(entries(), [*told, *anchors])
    proof.faults[:0] = faults
    proof.faults += _wrong_end(end, proof)
    return proof


def _wrong_end(end: Mapping[str, Any], proof: Proof) -> list[Fault]:
    told = (end.get("end"), end.get("unsealed"))
    if told == (str(proof.end), proof.unsealed) and set(end) == {"end", "unsealed"}:
        return []
    what = (
        "the file is cut off: its last line is missing"
        if not end
        else (
            f"the last line says {told[0]} and {told[1]} unsealed, found are "
            f"{proof.end} and {proof.unsealed}"
        )
    )
    return [Fault(0, what)]


def _broken_place(entry: Entry, proof: Proof) -> list[Fault]:
    """What is wrong with an entry's place, after the chain as it was until now."""
    seal = entry.seal
    if seal is None:
        return []
    broken = []
    if proof.unsealed:
        broken.append("stands behind what is not sealed")
    if seal.position != proof.end.position + 1:
        broken.append(f"follows position {proof.end.position}")
    if seal.previous != proof.end.hash:
        broken.append("does not name the hash of the one before")
    if seal.hash != link(entry.head, seal.position, seal.previous, seal.sealed_at):
        broken.append("its hash is not that of what it says")
    return [Fault(seal.position, what) for what in broken]


def _parts(entry: Entry) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """An entry's head and payload.

    Raises:
        NotCanonical: one is not what was written.
    """
    head = read_canonical(entry.head)
    if (entry.payload is None) != (entry.salt is None):
        raise NotCanonical("has a salt or inputs and result, but not both")
    if entry.payload is None or entry.salt is None:
        return head, None
    try:
        same = digest(entry.payload, entry.salt) == head.get("digest")
    except ValueError:
        same = False
    if not same:
        raise NotCanonical("its inputs and result are not those that were decided on")
    return head, read_canonical(entry.payload)
