"""Events of the past, from a file: read, put in order of time, and led through the rules of visits."""
