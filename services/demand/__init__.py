"""Demand: what members need, checked, clarified, changed, withdrawn.

Reads    demand.submitted, demand.changed, demand.withdrawn, consultation.asked,
         consultation.answered, proposal.made, proposal.accepted, proposal.declined;
         member.*, catalogue.published, round.opened, round.closed,
         demand.allocated, demand.unfilled
States   demand.accepted, demand.rejected, demand.withdrawal_confirmed,
         demand.consultation_opened, demand.question_asked, demand.question_answered,
         demand.proposal_made, demand.proposal_declined, demand.specified, round.counted
"""
