"""How we move: Faust lives here."""
