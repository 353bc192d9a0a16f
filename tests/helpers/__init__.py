"""Tools that tests of several packages share."""
