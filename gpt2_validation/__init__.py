"""GPT-2 124M closes the loop: measure on a language model what the theorems assume and predict."""
