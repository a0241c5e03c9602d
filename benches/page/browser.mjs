// A server for built pages, and the browser that they are looked at with.
import { spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { option } from "./options.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
/** Where the npm packages of this folder are. */
export const npm = path.resolve(option("npm", path.join(here, "node_modules")));
const playwright = createRequire(path.join(npm, "..", "any.js"))("playwright-core");

const TYPES = {
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  css: "text/css",
  wasm: "application/wasm",
  svg: "image/svg+xml",
};

/**
 * Serves folders on a free port of loopback. `before` gives text to put before a file's own, and a
 * file is sent when what `seen` gives has come true.
 */
export function serve(folders, { before = () => "", seen = () => undefined } = {}) {
  const server = http.createServer(async (request, response) => {
    const name = decodeURIComponent(new URL(request.url, "http://page").pathname);
    const mount = Object.keys(folders)
      .filter((prefix) => name.startsWith(prefix))
      .sort((a, b) => b.length - a.length)[0];
    const inside = path.normalize(`/${name.slice(mount?.length ?? 0)}`);
    let file = mount && path.join(folders[mount], inside);
    if (file && fs.existsSync(file) && fs.statSync(file).isDirectory())
      file = path.join(file, "index.html");
    if (!file || !fs.existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[path.extname(file).slice(1)] ?? "application/octet-stream";
    await seen(file);
    const bytes = Buffer.concat([Buffer.from(before(file)), fs.readFileSync(file)]);
    response.writeHead(200, { "content-type": type }).end(bytes);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const url = `http://127.0.0.1:${server.address().port}`;
      resolve({ url, close: () => (server.closeAllConnections(), server.close()) });
    });
  });
}

const EXECUTABLE = process.env.CHROME || "/usr/bin/chromium";
const ARGUMENTS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/** A headless Chromium that reaches nothing but loopback. */
export const chromium = () =>
  playwright.chromium.launch({
    executablePath: EXECUTABLE,
    headless: true,
    ignoreDefaultArgs: ["--headless", "--headless=old"],
    args: ARGUMENTS,
  });

/**
 * The same, with a page of which the debugger lets go: `detach` ends its connection, and the page goes
 * on as without one. A debugger is told of every frame of a WebSocket, which doubles a round trip.
 */
export async function detachable() {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), "page-bench-profile-"));
  const child = spawn(
    EXECUTABLE,
    [
      ...ARGUMENTS,
      "--window-size=1280,800",
      `--user-data-dir=${profile}`,
      "--remote-debugging-port=0",
      "about:blank",
    ],
    { detached: true, stdio: ["ignore", "ignore", "pipe"] },
  );
  const stop = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    // All its processes are one group.
    if (child.exitCode === null && process.kill(-child.pid, "SIGKILL")) await ended;
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  };
  try {
    const address = await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", () => reject(new Error("Chromium ended before it could be asked")));
      createInterface({ input: child.stderr }).on("line", (line) => {
        const found = /^DevTools listening on (\S+)/.exec(line);
        if (found) resolve(found[1]);
      });
    });
    const browser = await playwright.chromium.connectOverCDP(address);
    return { page: browser.contexts()[0].pages()[0], detach: () => browser.close(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
