"""Quality monitoring of recorded phone calls: transcripts, scores and the evidence for them."""
