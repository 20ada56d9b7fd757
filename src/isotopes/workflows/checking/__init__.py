"""Check a model: choose the probes, draft the plan, ask with care, decide."""
