"""Tests of gpt2_validation."""
