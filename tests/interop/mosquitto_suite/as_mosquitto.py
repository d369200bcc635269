#!/usr/bin/python3
"""Stands where Mosquitto's suite expects its broker: starts `cogniot local --insecure-mqtt` from Mosquitto's
arguments (`-p PORT`, `-c FILE`) in its place, under its process ID.

Of a configuration it takes what the plain listener has, too; any other line ends it, so that no test passes
because a line was not looked at. The file that Mosquitto remembers in stands for a directory in the working
directory: a test that removes the file wants a broker that remembers nothing.
"""

import os
import pathlib
import shutil
import sys

# Bounds that no test needs to reach for what it asks; the plain listener has wider ones.
BOUNDS = {"max_connections", "max_inflight_bytes", "max_inflight_messages", "max_queued_bytes",
          "max_queued_messages"}
AS_IT_IS = {("allow_anonymous", "true"), ("persistence", "true"), ("allow_zero_length_clientid", "true")}


def read(path):
    """The port and, if the broker is to remember, the directory for it."""
    port = data = None
    for line in pathlib.Path(path).read_text().splitlines():
        name, _, value = line.strip().partition(" ")
        if not name or name.startswith("#") or name in BOUNDS or (name, value) in AS_IT_IS:
            continue
        if name in ("port", "listener") and port is None:
            port = value.split()[0]
        elif name == "persistence_file":
            data = pathlib.Path(f"{pathlib.Path(value).name}.data")
            if not os.path.exists(value):
                shutil.rmtree(data, ignore_errors=True)
                pathlib.Path(value).touch()
        else:
            sys.exit(f"as_mosquitto: {path}: `{line}` is Mosquitto's own")
    return port, data


def main(arguments):
    port, data = None, None
    while arguments:
        flag = arguments.pop(0)
        if flag == "-p":
            port = arguments.pop(0)
        elif flag == "-c":
            port, data = read(arguments.pop(0))
        elif flag != "-v":
            sys.exit(f"as_mosquitto: `{flag}` is Mosquitto's own")
    program = os.environ["COGNIOT"]
    os.execv(program, [program, "local", "--listen", "127.0.0.1:0", "--mqtts", "none",
                       "--insecure-mqtt", f"127.0.0.1:{port or 1883}", "--log-file", "/dev/null",
                       *(["--data", str(data)] if data else ["--ephemeral"])])


main(sys.argv[1:])
