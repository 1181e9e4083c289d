"""Notifications: everybody concerned hears of it by mail, once, in German.

Reads    application.*, member.*, repayment.due, demand.accepted, demand.rejected,
         demand.withdrawal_confirmed, demand.consultation_opened, demand.question_asked,
         demand.proposal_made, round.*, bundle.shared, order.*, delivery.recorded, cost.stated,
         contract.capacity_low, contract.exhausted, tender.*, record.anchored,
         subscription.*, pilot.*
States   notification.sent, notification.failed, notification.erased, contact.bounced,
         contact.unsubscribed
By clock what is to be told becomes mails (demands collected over a quiet period), members are
         reminded of cut-offs and told of closed rounds and late deliveries, mails are handed over
         and tried again, what came back is read, old contents are erased
"""
