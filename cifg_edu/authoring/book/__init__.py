"""The course as a site to read in a browser: lessons, functions, widgets that move, search."""
