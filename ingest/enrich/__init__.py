"""Where a visitor came from and on what device. Tables with their source and date are in data/."""
