"""How a target is asked: rate, budget, journal, canary."""
