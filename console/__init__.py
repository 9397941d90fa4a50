"""Top floor: command line and, later, pages and API. Thin: it asks, shows and starts; it decides nothing."""
