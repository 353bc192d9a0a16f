"""Exact worst cases of sign methods without noise, by convex programming (theory sheet, T9).

Once the signs of the steps are fixed the iterates are constants, so the worst case over the class
is a second-order cone program. Importing this package loads neither numpy nor cvxpy.
"""
