"""The explorer: one page on which a reader looks around in a section, without a network."""
