"""A seeded day of a merchant, with planted faults and an answer sheet."""
