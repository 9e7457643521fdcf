# One image for web (the default), worker (celery -A celery_app worker) and beat (celery -A celery_app beat).
FROM python:3.12-slim AS packages
COPY requirements.txt /
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r /requirements.txt

FROM python:3.12-slim
RUN useradd --system --uid 10001 --user-group --no-create-home giga \
    && install --directory --owner giga --group giga --mode 0700 /var/lib/giga-tools
COPY --from=packages /venv /venv
WORKDIR /srv/giga-tools
COPY config.py environment.py run.py celery_app.py gunicorn.conf.py ./
COPY migrations migrations
COPY app app
COPY launcher launcher
# Secrets come from the environment; the instance folder only holds beat's schedule.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 FLASK_ENV=production HOST=0.0.0.0 PORT=5000 INSTANCE_PATH=/var/lib/giga-tools
USER giga
EXPOSE 5000
CMD ["gunicorn", "run:app"]
