"""Checks a report in headless Chromium with axe-core: accessibility, words and places on the first screen."""
