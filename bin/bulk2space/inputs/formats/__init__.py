"""Readers of the file formats that users bring, one module per format.

reader.py chooses the one that a file needs, folders.py that of a folder, and refused.py has the way out of formats that
are not read. All readers share files.py (finding and opening), plain.py and annotated.py (what is returned), and
positions.py (joining cells with their places by name).
"""
