"""Secondary endpoints that the study asks for."""
