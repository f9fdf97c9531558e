"""Fine-Gray regression of the subdistribution hazard."""
