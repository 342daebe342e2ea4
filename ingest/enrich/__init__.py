"""What a hit says about where the visitor came from and on what device; tables with source and date in data/."""
