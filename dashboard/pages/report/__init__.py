"""The report of a site: a question in a URL, answered by a page."""
