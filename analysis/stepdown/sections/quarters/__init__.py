"""Quarter by quarter: control charts, how complete each quarter is, and what a change is made of."""
