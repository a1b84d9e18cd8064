"""What the rollups hold, what is not in them yet, and what they would hold if they were counted anew."""
