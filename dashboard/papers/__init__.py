"""Papers and the public page about privacy, generated from the effective settings in French and English."""
