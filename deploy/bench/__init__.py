"""Measurements of the suite on the machine at hand."""
