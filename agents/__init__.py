"""Who acts: one agent a file, one screen, no rules."""
