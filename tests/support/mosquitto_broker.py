"""A Mosquitto broker (Debian) on a free port, as a yardstick and as a peer that we did not write."""

import pathlib
import shutil
import socket
import subprocess
import tempfile
import time


class Mosquitto:
    """One running broker; `settings` are further lines of its configuration. `log` is its log's path."""

    def __init__(self, *settings, files=None):
        self.folder = tempfile.TemporaryDirectory(prefix="cogniot-mosquitto-")
        folder = pathlib.Path(self.folder.name)
        for name, content in (files or {}).items():
            (folder / name).write_text(content)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        lines = [f"listener {self.port} 127.0.0.1", "allow_anonymous true", "user root", *settings]
        (folder / "conf").write_text("\n".join(lines).replace("FOLDER", str(folder)) + "\n")
        self.log = folder / "log"
        self.output = open(self.log, "wb")
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self.process = subprocess.Popen([program, "-v", "-c", str(folder / "conf")],
                                        stdout=self.output, stderr=self.output)

    def __enter__(self):
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                assert self.process.poll() is None and time.monotonic() < until, self.log.read_text()
                time.sleep(0.05)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        self.output.close()
        self.folder.cleanup()
