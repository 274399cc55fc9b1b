"""A browser that a test drives: Debian's chromium, through chromedriver and W3C WebDriver."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request

KEYS = {
    "Tab": "\ue004", "End": "\ue010", "Home": "\ue011", "Left": "\ue012", "Up": "\ue013",
    "Right": "\ue014", "Down": "\ue015", "Escape": "\ue00c",
}


class Browser:
    """One window of 1280x720. What the console and the network say is kept."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, env=dict(os.environ, HOME=self.folder.name, TMPDIR=self.folder.name))
        port = None
        while port is None:
            line = self.driver.stdout.readline()
            if line == "":
                raise SystemExit("chromedriver has not started")
            port = re.search(r"started successfully on port (\d+)", line)
        self.url = f"http://127.0.0.1:{port.group(1)}/session"
        arguments = ["--headless", "--disable-gpu", "--disable-dev-shm-usage",
                     "--disable-background-networking", "--no-first-run"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        try:
            self.url += "/" + self.start({"capabilities": {"alwaysMatch": {
                "browserName": "chrome",
                "goog:chromeOptions": {"args": arguments, "binary": shutil.which("chromium")},
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            }}})
        except BaseException:
            self.driver.terminate()
            self.folder.cleanup()
            raise
        self.devtools("Emulation.setDeviceMetricsOverride", width=1280, height=720,
                      deviceScaleFactor=1, mobile=False)

    def start(self, session):
        """Returns the session's name. A browser that a busy machine lets fail to start is started again."""
        for attempt in range(3):
            try:
                return self.send("POST", "", session)["sessionId"]
            except SystemExit:
                if attempt == 2:
                    raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.send("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.folder.cleanup()

    def send(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"chromedriver: {error.read().decode()[:2000]}") from None

    def devtools(self, command, **parameters):
        return self.send("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def emulate(self, **features):
        """emulate(prefers_color_scheme="dark")"""
        self.devtools("Emulation.setEmulatedMedia", features=[
            {"name": name.replace("_", "-"), "value": value} for name, value in features.items()])

    def open(self, path):
        # A page of the same name is only scrolled to where its # says.
        self.send("POST", "/url", {"url": "about:blank"})
        self.send("POST", "/url", {"url": "file://" + os.path.abspath(path)})

    def run(self, script, *arguments):
        return self.send("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def press(self, *keys):
        actions = []
        for key in keys:
            code = KEYS.get(key, key)
            actions += [{"type": "keyDown", "value": code}, {"type": "keyUp", "value": code}]
        self.send("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def click(self, x, y):
        """Presses and releases at a place of the window."""
        self.send("POST", "/actions", {"actions": [{
            "type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [
                {"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y)},
                {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]}]})

    def wait(self, script, seconds=60):
        """Waits until the script returns something true, and returns that."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = self.run(script)
            if value:
                return value
            time.sleep(0.02)
        raise SystemExit(f"never in {seconds} s: {script}")

    def log(self, kind):
        return self.send("POST", "/se/log", {"type": kind})

    def requests(self):
        """The addresses that were asked for."""
        messages = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [message["params"]["request"]["url"] for message in messages
                if message["method"] == "Network.requestWillBeSent"]
