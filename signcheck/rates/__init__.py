"""Measured rates: experiments that hold the Bound objects against runs, with verdicts."""
