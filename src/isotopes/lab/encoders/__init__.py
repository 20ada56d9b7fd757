"""Small encoders of pictures, trained from scratch without labels."""
