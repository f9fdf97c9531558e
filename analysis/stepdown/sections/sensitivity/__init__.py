"""What would change the answer: hidden causes, informative loss, and other analyses of the same question."""
