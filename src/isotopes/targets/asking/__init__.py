"""How a target is asked: rate, budget, retries, journal, drift."""
