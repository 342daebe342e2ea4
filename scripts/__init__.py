"""Everything a person types, and the only place where the parts meet."""
