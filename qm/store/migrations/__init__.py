"""Alembic's folder: one file per change of the tables, additive where it can be."""
