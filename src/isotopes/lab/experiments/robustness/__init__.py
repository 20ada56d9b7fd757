"""Section 8: what trainers and services do against isotopes."""
