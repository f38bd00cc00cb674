"""The known set of events, given to a client of either Python SDK: their calls are the same."""

import json
import pathlib
import sys
from datetime import datetime

EVENTS = json.loads(pathlib.Path(__file__).with_name("known_set.json").read_text("utf-8"))

# The names of the arguments in Python.
ARGUMENTS = {
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "groupId": "group_id",
    "previousId": "previous_id",
    "messageId": "message_id",
}


def deliver(client_class, url, write_key, gzip):
    """The exit code: 0 when every event was taken and none was reported as failed."""
    failures = []
    client = client_class(
        write_key, host=url, gzip=gzip, max_retries=1, upload_size=3, on_error=lambda error, _: failures.append(error)
    )
    queued = sum(enqueue(client, dict(event)) for event in EVENTS)
    client.shutdown()
    for failure in failures:
        print(failure, file=sys.stderr)
    delivered = queued if not failures else 0
    print(f"{delivered} of {len(EVENTS)} delivered")
    return 0 if delivered == len(EVENTS) else 1


def enqueue(client, event):
    """Whether the SDK's queue took the event."""
    call = getattr(client, event.pop("call"))
    arguments = {ARGUMENTS.get(name, name): value for name, value in event.items()}
    if "timestamp" in arguments:
        arguments["timestamp"] = datetime.fromisoformat(arguments["timestamp"])
    taken, _ = call(**arguments)
    return taken
