"""What a macro says and does, and texts as people read them: for every tool that works with macros."""
