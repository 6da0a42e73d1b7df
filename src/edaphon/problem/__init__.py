"""The problem stage."""
