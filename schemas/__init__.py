"""What we say: every topic, event and word of the system, importing nothing of ours."""
