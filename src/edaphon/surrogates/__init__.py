"""The surrogates stage."""
