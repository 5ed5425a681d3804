"""What rebuilds the demo: text, voices, recordings and the speech model."""
