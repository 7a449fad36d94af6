"""Schedules: transfers that wait for their day and repeat by a rule, on the payer's calendar."""
