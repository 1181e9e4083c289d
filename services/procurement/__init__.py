"""Procurement: from framework contracts and a round's demand to orders and what each pays.

Reads    catalogue.item_offered, contract.offered, contract.changed, round.announced,
         round.close_requested, order.answered, delivery.made, invoice.received,
         tender.planned, tender.decided, rollout.planned, subscription.users_changed,
         subscription.notice_given, pilot.announced, pilot.interest_stated;
         member.*, demand.accepted, demand.withdrawal_confirmed, demand.approval_requested,
         demand.consultation_opened, demand.referred, demand.lapsed, round.counted
States   catalogue.published, contract.registered, contract.capacity_low, contract.exhausted,
         round.opened, round.invited, round.closed, bundle.proposed, bundle.approved, bundle.shared,
         order.placed, demand.allocated, demand.unfilled, order.confirmed, order.refused,
         delivery.recorded, cost.stated, round.completed, tender.proposed,
         tender.dropped, tender.decision_recorded, subscription.changed, subscription.cost_stated,
         pilot.opened, pilot.interest_noted, pilot.started, pilot.lapsed
By clock a contract begins and ends to be in force, members are invited to a round that closes
         soon where its demand is near a tier, pilots lapse, a month of solutions that is over is
         stated, what waits without a contract is gathered for a tender, a round closes at its
         cut-off, and is bundled and ordered as soon as all of its demand is here
"""
