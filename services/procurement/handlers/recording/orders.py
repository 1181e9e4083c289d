"""Decisions on call-offs."""

from services.procurement.domain.orders import Order
from shared.decisions import Basis, Decision

CALL_OFF = Basis("call-off", "§ 21 (4) VgV, § 15 (4) UVgO: under the agreed terms, no reopening")
INVOICES = Basis("invoice", "Exactly the accepted lines, fees and VAT (§ 14 UStG)")


def placed(order: Order) -> Decision:
    """A call-off."""
    return Decision(
        "order",
        str(order.id),
        "placed",
        rules=(CALL_OFF,),
        inputs={
            "reference": order.reference,
            "contract": order.contract_reference,
            "version": order.contract_version,
            "lines": len(order.lines),
        },
        result={"net": order.net, "fees": order.fees},
    )


def answered(order: Order) -> Decision:
    """What KID accepted of an order."""
    return Decision(
        "order",
        str(order.id),
        order.state,
        rules=(CALL_OFF,),
        inputs={"ordered": sum(line.quantity for line in order.lines), "reason": order.reason},
        result={"accepted": sum(line.accepted or 0 for line in order.lines)},
        by="kid",
    )


def invoiced(order: Order) -> Decision:
    """An invoice that states exactly what was accepted."""
    return Decision(
        "invoice",
        str(order.id),
        "accepted",
        rules=(INVOICES,),
        inputs={"reference": order.reference, "invoice": order.invoice},
        result={"net": order.net_accepted, "vat": sum(line.vat or 0 for line in order.lines)},
    )
