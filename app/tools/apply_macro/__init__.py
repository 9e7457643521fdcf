"""Apply Macro to View: one macro on every ticket of a view."""
