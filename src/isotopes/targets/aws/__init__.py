"""Amazon's services: boto3 finds and applies the credential, our own client sends."""
