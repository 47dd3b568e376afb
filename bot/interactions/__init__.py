"""What every feature uses of Discord: requests in, answers out."""
