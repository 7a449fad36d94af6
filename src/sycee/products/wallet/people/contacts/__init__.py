"""Contacts: whom one pays, under names of one's own, which nobody else sees."""
