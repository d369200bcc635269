"""Starts `cogniot local` on free ports for tests that drive it from outside.

The binary is taken from the environment variable COGNIOT (set by CTest), else build/cogniot.
COGNIOT_CORES, if set, is how many cores each local cloud is given.
"""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("COGNIOT", str(ROOT / "build" / "cogniot"))
REGION = "ap-northeast-1"


class LocalCloud:
    """One running local cloud. `ready` is the ready file's JSON."""

    def __init__(self, *arguments, data=None, wait=True):
        self.folder = tempfile.TemporaryDirectory(prefix="cogniot-test-")
        self.ready_file = pathlib.Path(self.folder.name) / "ready.json"
        self.log_path = pathlib.Path(self.folder.name) / "log"
        command = [BINARY, "local", "--listen", "127.0.0.1:0", "--mqtts", "127.0.0.1:0",
                   "--insecure-mqtt", "127.0.0.1:0", "--ready-file", str(self.ready_file)]
        command += ["--data", str(data)] if data else ["--ephemeral"]
        if "COGNIOT_CORES" in os.environ:
            command += ["--cores", os.environ["COGNIOT_CORES"]]
        self.log_file = open(self.log_path, "wb")
        self.process = subprocess.Popen(command + list(arguments), stdout=self.log_file,
                                        stderr=subprocess.STDOUT)
        self.ready = None
        if wait:
            self.wait_ready()

    def wait_ready(self, seconds=30):
        until = time.monotonic() + seconds
        while not self.ready_file.exists():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"cogniot local did not get ready:\n{self.log()}")
            time.sleep(0.005)
        self.ready = json.loads(self.ready_file.read_text())
        # The banner, which names the template's outputs, comes behind the file.
        while "\nReady.\n" not in self.log() and self.process.poll() is None:
            if time.monotonic() > until:
                raise RuntimeError(f"cogniot local did not say `Ready.`:\n{self.log()}")
            time.sleep(0.005)
        return self.ready

    def log(self):
        """What it printed, stdout and stderr together."""
        return self.log_path.read_text(errors="replace")

    @property
    def port(self):
        return int(self.ready["endpoint"].rsplit(":", 1)[1])

    def environment(self):
        """An environment in which AWS's tools and cogniot itself talk to this cloud alone."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "COGNIOT"))}
        env.update(AWS_ACCESS_KEY_ID=self.ready["access_key_id"],
                   AWS_SECRET_ACCESS_KEY=self.ready["secret_access_key"],
                   AWS_REGION=self.ready["region"], AWS_DEFAULT_REGION=self.ready["region"],
                   AWS_ENDPOINT_URL=self.ready["endpoint"], AWS_CA_BUNDLE=self.ready["ca_file"],
                   AWS_CONFIG_FILE="/nonexistent", AWS_SHARED_CREDENTIALS_FILE="/nonexistent",
                   AWS_EC2_METADATA_DISABLED="true", AWS_PAGER="",
                   XDG_CACHE_HOME=self.folder.name, XDG_DATA_HOME=self.folder.name,
                   COGNIOT=BINARY)
        return env

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        self.log_file.close()
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.folder.cleanup()
