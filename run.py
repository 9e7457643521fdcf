"""The web process: `gunicorn run:app`, `flask --app run …`; and, called directly, everything together (`make run`)."""

from app import create_app

app = create_app()
