"""Schedules: transfers that wait for their day, once or again and again."""
