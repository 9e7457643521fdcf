"""`make run`: starts Redis, the sandbox, web, worker and beat, watches them, and leaves nothing behind."""
