"""`celery -A workers.main worker`: the application of this environment's settings."""

from qm.settings import read_settings
from workers.app import create_app

app = create_app(read_settings())
