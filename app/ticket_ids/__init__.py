"""Ticket ids out of what people paste and upload, read as a stream: what is no id is named by its line and a reason.

`reading.read` is the way in. What it is built from: `encodings` (bytes to text), `wrong_files` (what is no list at
all), `layout` (separator, header, columns), `cells` and `urls` (one value), `own_tags` (a row's own tags), `rejected`
(what was not understood, and its download).
"""
