"""What will be asked and tested, fixed and hashed before the first query."""
