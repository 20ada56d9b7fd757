"""Amazon's services through boto3."""
