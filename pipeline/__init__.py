"""How events become certainty: domain, runtime, store and the parts around them."""
