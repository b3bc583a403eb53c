/** A page in Chromium without a screen, led by its DevTools protocol. */

import { until } from "../support/patience.ts";

const PROGRAM = "/usr/bin/chromium";

/** Whether it is installed. */
export function hasChromium(): boolean {
  try {
    return Deno.statSync(PROGRAM).isFile;
  } catch {
    return false;
  }
}

/** A page. */
export interface Page extends AsyncDisposable {
  evaluate(expression: string): Promise<unknown>;
  /** Waits until an expression is true. */
  until(expression: string): Promise<void>;
  look(scheme: "light" | "dark", width: number): Promise<void>;
  picture(path: string): Promise<void>;
}

async function portOf(child: Deno.ChildProcess): Promise<number> {
  let said = "";
  for await (const piece of child.stderr.pipeThrough(new TextDecoderStream())) {
    said += piece;
    const found = said.match(/DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/);
    if (found) return Number(found[1]);
  }
  throw new Error(`Chromium has ended: ${said}`);
}

/** Opens an address. */
export async function openPage(address: string): Promise<Page> {
  const profile = await Deno.makeTempDir();
  const child = new Deno.Command(PROGRAM, {
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
      .concat("--remote-debugging-port=0", `--user-data-dir=${profile}`, address),
    stdout: "null",
    env: { TMPDIR: profile },
    stderr: "piped",
  }).spawn();
  const port = await portOf(child);
  let target: { webSocketDebuggerUrl: string; type: string } | undefined;
  while (!target) {
    const list = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
    target = list.find(({ type }: { type: string }) => type === "page");
  }
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve) => socket.onopen = resolve);
  const waiting = new Map<number, (result: Record<string, unknown>) => void>();
  socket.onmessage = ({ data }) => {
    const { id, result, error } = JSON.parse(data);
    waiting.get(id)?.(result ?? { error });
  };
  let last = 0;
  const send = (method: string, params: unknown): Promise<Record<string, unknown>> =>
    new Promise((resolve) => {
      waiting.set(++last, resolve);
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result } = await send("Runtime.evaluate", { expression, returnByValue: true });
    return (result as { value: unknown } | undefined)?.value;
  };
  return {
    evaluate,
    async until(expression) {
      await until(expression, async () => await evaluate(expression) === true, 50);
    },
    async look(scheme, width) {
      const features = [{ name: "prefers-color-scheme", value: scheme }];
      await send("Emulation.setEmulatedMedia", { features });
      const size = { width, height: 900, deviceScaleFactor: 1, mobile: false };
      await send("Emulation.setDeviceMetricsOverride", size);
    },
    async picture(path) {
      const { data } = await send("Page.captureScreenshot", { format: "png" });
      const bytes = Uint8Array.from(atob(String(data)), (char) => char.charCodeAt(0));
      await Deno.writeFile(path, bytes);
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => socket.onclose = resolve);
      child.kill("SIGKILL");
      await child.status;
      await closed;
      // Its other processes end when they find that the first has, and write until then.
      const isGone = () => Deno.remove(profile, { recursive: true }).then(() => true, () => false);
      await until(`${profile} can be removed`, isGone, 50);
    },
  };
}
