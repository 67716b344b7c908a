"""What we think: pure decisions, time as an argument."""
