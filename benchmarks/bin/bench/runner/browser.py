"""A page in headless Chromium: opened, clicked, asked, and looked at, through Chromium's DevTools protocol.

Commands and answers are JSON behind one another on two pipes (``--remote-debugging-pipe``), so that nothing but
Chromium itself is needed.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome")
SOFTWARE = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")  # WebGL without a graphics card
OPTIONS = ("--headless=new", "--no-sandbox", "--no-first-run", "--hide-scrollbars", "--disable-extensions", *SOFTWARE)
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND"  # a page that asks for a server gets none
PATIENCE = 60.0  # seconds


def chromium() -> str | None:
    """Return the path of an installed Chromium; None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def need_chromium() -> str:
    """Return the path of an installed Chromium; end with a sentence where there is none."""
    if found := chromium():
        return found
    raise SystemExit("ERROR: Chromium is not installed, install it (Debian: apt-get install chromium)")


class Page:
    """One page in a Chromium of its own, without a network.

    Parameters
    ----------
    profile
        An empty folder for what Chromium writes.
    width, height
        Of the window, CSS pixels.
    dark
        Whether the page is asked for its dark colours.
    """

    def __init__(self, profile: Path, *, width: int = 1400, height: int = 900, dark: bool = False):
        self.said: list[str] = []
        self._width, self._height, self._dark, self._profile = width, height, dark, profile
        self._number, self._rest, self._session = 0, b"", ""

    def __enter__(self) -> Self:
        there, self._to = os.pipe()
        self._from, back = os.pipe()
        command = [need_chromium(), *OPTIONS, OFFLINE, "--remote-debugging-pipe", "about:blank"]
        command += [f"--user-data-dir={self._profile}", f"--window-size={self._width},{self._height}"]
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{there} 4>&{back}', "bash", *command],
            pass_fds=(there, back),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(there)
        os.close(back)
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if self._dark else "light"}]
        self.send("Emulation.setEmulatedMedia", features=scheme)
        self.resize(self._width, self._height)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(30)
        os.close(self._to)
        os.close(self._from)

    def resize(self, width: int, height: int) -> None:
        """Give the page another size, CSS pixels."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def open(self, page: Path, *, until: str = "true") -> float:
        """Open a file and return the seconds until a JavaScript expression holds on it."""
        started = time.monotonic()
        self.send("Page.navigate", url=page.resolve().as_uri())
        self.wait(f"document.readyState === 'complete' && Boolean({until})")
        return time.monotonic() - started

    def wait(self, condition: str) -> None:
        """Wait until a JavaScript expression holds.

        Raises
        ------
        TimeoutError
            When it never does; the message has what the page said.
        """
        end = time.monotonic() + PATIENCE
        while not self.ask(condition):
            if time.monotonic() > end:
                raise TimeoutError(f"{condition} never held. The page said: {self.said}")
            time.sleep(0.02)

    def ask(self, expression: str) -> Any:
        """Return the value of a JavaScript expression; a promise is awaited."""
        found = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(f"{expression}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def drag(self, places: list[tuple[float, float]]) -> None:
        """Press the mouse at the first place (CSS pixels), move it over the others and let it go at the last."""
        self.point(*places[0])
        steps = ["mousePressed", *["mouseMoved"] * (len(places) - 1)]
        for what, (x, y) in zip(steps, places, strict=True):
            self.send("Input.dispatchMouseEvent", type=what, x=x, y=y, button="left", buttons=1, clickCount=1)
        x, y = places[-1]
        self.send("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y, button="left", clickCount=1)

    def point(self, x: float, y: float) -> None:
        """Move the mouse to a place, CSS pixels."""
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, button="none")

    def picture(self, path: Path) -> None:
        """Write what the page shows as a PNG."""
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))

    def send(self, method: str, **options: Any) -> dict[str, Any]:
        """Send one command of the protocol and return its answer; what the page says meanwhile is kept in `said`."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": options}
        if self._session and not method.startswith("Target."):
            message["sessionId"] = self._session
        rest = json.dumps(message).encode() + b"\0"
        while rest:
            rest = rest[os.write(self._to, rest) :]
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self._keep(answer)

    def _next(self) -> dict[str, Any]:
        """Return the next message of Chromium."""
        while b"\0" not in self._rest:
            if not select.select([self._from], [], [], PATIENCE)[0]:
                raise TimeoutError("Chromium does not answer")
            read = os.read(self._from, 1 << 20)
            if not read:
                raise RuntimeError("Chromium has ended")
            self._rest += read
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)

    def _keep(self, event: dict[str, Any]) -> None:
        """Keep the errors and warnings that the page reports."""
        about = event.get("params", {})
        match event.get("method"):
            case "Runtime.exceptionThrown":
                self.said.append(json.dumps(about["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if about["type"] in ("error", "warning", "assert"):
                self.said.append(" ".join(str(part.get("value", "")) for part in about["args"]))
            case "Log.entryAdded" if about["entry"]["level"] in ("error", "warning"):
                self.said.append(f"{about['entry']['text']} {about['entry'].get('url', '')}")


def first_screen(report: Path, path: Path, *, width: int = 1400, height: int = 1230) -> None:
    """Take a picture of what one sees first of a page in a window of some size, CSS pixels."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
        Page(Path(profile), width=width, height=height) as page,
    ):
        page.open(report)
        page.picture(path)
