"""Field maps and rules as versioned data."""
