"""What is stored of a site, event by event or visit by visit, in files that other programs read."""
