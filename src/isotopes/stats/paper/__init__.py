"""The paper's own tests, as published: to repeat its numbers, not to accuse anybody."""
