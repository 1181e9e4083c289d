"""Procurement: from framework contracts and a round's demand to orders and what each pays."""
