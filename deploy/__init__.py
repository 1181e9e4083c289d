"""What runs the suite: setting up a machine, private brokers and databases, containers."""
