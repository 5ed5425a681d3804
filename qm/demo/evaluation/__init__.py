"""Held-out sentences and the command that measures the demo model on them."""
