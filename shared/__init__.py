"""What all four services share: the published language and the way messages travel."""
