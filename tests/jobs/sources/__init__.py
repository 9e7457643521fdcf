"""Tests of the sources of tickets."""
