"""Delivers the known set with Segment's SDK for Python: segment_python.py URL WRITE_KEY [gzip]

Exits 0 only when the SDK reports every event as delivered.
"""

import sys

from known_set import deliver
from segment.analytics.client import Client

if __name__ == "__main__":
    url, write_key, *options = sys.argv[1:]
    sys.exit(deliver(Client, url, write_key, gzip="gzip" in options))
