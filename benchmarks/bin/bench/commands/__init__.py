"""What make starts: each module reads options, makes cases, runs, judges and writes a page."""
