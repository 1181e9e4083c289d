"""RabbitMQ of our own, beside whatever else runs here: `PrivateBroker` is one node (room `node`),
`BrokerCluster` several that are one broker (room `cluster`).
"""

from deploy.local.broker.cluster import BrokerCluster
from deploy.local.broker.node import NODE, PrivateBroker

__all__ = ["NODE", "BrokerCluster", "PrivateBroker"]
