import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { plain } from "../../cli/colour.ts";
import { eventJson, eventLine } from "../../cli/watch/lines.ts";
import type { ProcessSummary, WatchEvent } from "../../inspect/mod.ts";
import { requires } from "../requires.ts";
import { AS_USER, NIDO, run } from "../support/nido.ts";
import { HOSTILE, HOSTILE_SHOWN, nido, UNSAFE } from "./run_nido.ts";

const process = (more: Partial<ProcessSummary> = {}): ProcessSummary => ({
  pid: 4711,
  ppid: 4700,
  pids: [4711],
  name: "sleep",
  command: "sleep 100",
  uid: 1000,
  ...more,
});

const bash = process({ pid: 4700, pids: [4700], name: "bash", command: "bash" });

function lineOf(event: WatchEvent, width = Infinity, ascii = false): string {
  const users = new Map([[1000, "alice"]]);
  return eventLine(event, "12:34:56", { pen: { paint: plain, ascii }, width, users }).text;
}

const mount = {
  id: 40,
  parent: 30,
  dev: "0:50",
  root: "/",
  mountPoint: "/proc",
  options: ["rw"],
  optional: [],
  fsType: "proc",
  source: "proc",
  superOptions: ["rw"],
};

Deno.test("nido watch says what has come and gone, and who did it", () => {
  const lines: [WatchEvent, string][] = [
    [
      { kind: "process", change: "new", process: process({ pids: [4711, 2] }), by: bash },
      "new   process 4711 → 2 sleep 100  by 4700 bash of alice",
    ],
    [
      { kind: "process", change: "gone", process: process({ command: "", uid: 7 }) },
      "gone  process 4711 [sleep]",
    ],
    [
      {
        kind: "namespace",
        change: "new",
        type: "net",
        ns: 12,
        by: process({ uid: 7 }),
        holders: [],
      },
      "new   net     12  by 4711 sleep of uid 7",
    ],
    [
      {
        kind: "namespace",
        change: "empty",
        type: "net",
        ns: 12,
        holders: [{ kind: "mount", path: "/run/netns/a", pid: 0, mnt: 3, here: true }],
      },
      "empty net     12  held by mount /run/netns/a",
    ],
    [
      { kind: "enter", type: "net", ns: 12, from: 11, process: process() },
      "enter net     12  from 11  by 4711 sleep of alice",
    ],
    [
      { kind: "mount", change: "new", mnt: 13, mount, of: bash, alone: true },
      "new   mount   proc on /proc (proc)  in mnt 13  by 4700 bash of alice",
    ],
    [
      { kind: "mount", change: "gone", mnt: 13, mount, of: bash, alone: false },
      "gone  mount   proc on /proc (proc)  in mnt 13  where 4700 bash is",
    ],
  ];
  for (const [event, line] of lines) assertEquals(lineOf(event), `12:34:56 ${line}`);
});

Deno.test("nido watch shortens commands on a terminal, not who started them", () => {
  const long = process({ command: `sleep ${"1".repeat(200)}` });
  const line = lineOf({ kind: "process", change: "new", process: long, by: bash }, 80);
  assertEquals(line, `12:34:56 new   process 4711 sleep ${"1".repeat(22)}…  by 4700 bash of alice`);
});

Deno.test("nido watch shows names from outside escaped, in lines and in JSON", () => {
  const named = process({ name: HOSTILE, command: HOSTILE });
  const event: WatchEvent = { kind: "process", change: "new", process: named, by: named };
  for (const width of [40, 80, Infinity]) assert(!UNSAFE.test(lineOf(event, width)));
  assertStringIncludes(lineOf(event), HOSTILE_SHOWN);
  assert(
    !UNSAFE.test(
      lineOf({
        kind: "mount",
        change: "new",
        mnt: 1,
        alone: true,
        of: named,
        mount: { ...mount, source: HOSTILE, mountPoint: `/${HOSTILE}`, fsType: HOSTILE },
      }),
    ),
  );
  assertEquals(
    Object.keys(
      eventJson(
        { kind: "mount", change: "new", mnt: 1, alone: true, of: bash, mount },
        "t",
      ) as object,
    ),
    ["time", "kind", "change", "mnt", "mount", "of", "alone"],
  );
});

/** Runs nido in a shell, and then what is to be seen. */
function watching(line: string, under: readonly string[] = []) {
  return run([...under, "bash", "-c", line, "bash", ...NIDO], { env: { LC_ALL: "C.UTF-8" } });
}

for (const under of [[], AS_USER]) {
  const who = under.length > 0 ? "an ordinary user" : "the caller";
  Deno.test(
    `nido watch --json tells ${who} of a process in a new namespace, and ends with its reader`,
    requires({ userNamespaces: true, programs: ["unshare", "bash", "grep"] }),
    async () => {
      const { code, stdout, stderr } = await watching(
        `set -o pipefail; exec 9< <(while :; do unshare -Ur sleep 0.7; done; ); loop=$!
        "$@" watch --json | grep --line-buffered -m 1 '"kind":"process",.*"command":"sleep 0.7"'; echo "\${PIPESTATUS[*]}" >&2; kill $loop`,
        under,
      );
      assertEquals(code, 0, stderr);
      const event = JSON.parse(stdout);
      assertEquals([event.kind, event.process.name], ["process", "sleep"]);
      assertMatch(event.time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      assertMatch(stderr, /^0 0$/m);
    },
  );
}

Deno.test("nido watch ends with Ctrl-C, as by the signal, and says nothing", async () => {
  const child = new Deno.Command(NIDO[0]!, {
    args: [...NIDO.slice(1), "watch"],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const seen = child.stdout.getReader();
  const other = new Deno.Command("sh", { args: ["-c", "while :; do sleep 0.3; done"] }).spawn();
  await seen.read();
  child.kill("SIGINT");
  other.kill();
  const { signal } = await child.status;
  seen.releaseLock();
  await child.stdout.cancel();
  assertEquals([signal, await new Response(child.stderr).text()], ["SIGINT", ""]);
  await other.status;
});

Deno.test("nido watch takes no words", async () => {
  const { code, stderr } = await nido(["watch", "net"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "nido watch: what is 'net'?");
});
