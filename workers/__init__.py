"""Celery: queues, tasks, and the all-in-one worker that the command line starts by itself."""
