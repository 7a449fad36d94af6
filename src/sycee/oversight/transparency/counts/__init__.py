"""Counts: all that the house learns of its people together, with noise, and out of a budget.

question ─► exact count, each person bounded ─► ε out of the quarter's budget ─► noise ─► answer
                                                 └─► a row of the log that anyone can add up
"""
