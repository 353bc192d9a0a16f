"""What is claimed: one theorem a module, in the order of the theory sheet.

Nothing imports this package. ``signcheck`` finds its theorems through the entry-point group
``signcheck.theorems``, the same door that a third party's theorems use.
"""
