"""Delivers the known set with RudderStack's SDK for Python: rudder_python.py URL WRITE_KEY [plain]

Exits 0 only when the SDK reports every event as delivered. `plain` sends without gzip.
"""

import sys

from known_set import deliver
from rudderstack.analytics.client import Client

if __name__ == "__main__":
    url, write_key, *options = sys.argv[1:]
    sys.exit(deliver(Client, url, write_key, gzip="plain" not in options))
