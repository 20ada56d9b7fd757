"""A mark looked for in pictures that somebody else made: a matched filter, without a model."""
