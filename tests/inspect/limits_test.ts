/** What is read of others has a limit: they decide how much there is. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { SyscallError } from "../../ffi/errors.ts";
import { readFile } from "../../ffi/file.ts";
import { commandOf, statusOf } from "../../inspect/process.ts";
import { linesWith, readBytes, SHOWN_BYTES } from "../../inspect/proc.ts";
import { processTree } from "../../inspect/process_tree.ts";
import { nido } from "../cli/run_nido.ts";
import { requires } from "../requires.ts";
import { NIDO, run } from "../support/nido.ts";
import { start, WAIT } from "./start.ts";

/** A command line of 1.8 MB: more the kernel starts no program with. */
const LONG = [...WAIT, ...Array(15).fill("x".repeat(120_000))];

Deno.test("of a command line no more is read than can be shown", async () => {
  await using one = await start(LONG);
  assertEquals(commandOf(one.pid).length, SHOWN_BYTES);
  const node = processTree().flatMap(function list(node): string[] {
    return node.pid === one.pid ? [node.command] : node.children.flatMap(list);
  });
  assertEquals(node.map(({ length }) => length), [SHOWN_BYTES]);
});

Deno.test("commands print no more of a command line than can be shown", async () => {
  await using one = await start(LONG);
  const pid = String(one.pid);
  const lines = [
    ["lsns", "-o", "NS,COMMAND", "-t", "uts"],
    ["lsns", "-J", "-o", "NS,COMMAND", "-p", pid],
    ["tree", "-a", pid],
    ["tree", "--json", pid],
    ["pid", pid],
  ];
  for (const words of lines) {
    const { stdout, code } = await nido(words);
    assertEquals(code, 0, words.join(" "));
    const longest = Math.max(...stdout.split("\n").map(({ length }) => length));
    assert(longest < SHOWN_BYTES + 1000, `${words.join(" ")}: ${longest}`);
  }
});

const traceable = requires({ programs: ["strace"] });

/** Which files of this name in /proc nido reads. */
async function readBy(
  name: string,
  words: readonly string[],
  under: readonly string[] = [],
): Promise<string[]> {
  const options = ["-f", "-qq", "-o", "/dev/stderr", "-e", "trace=openat"];
  const { stderr, code } = await run([...under, "strace", ...options, ...NIDO, ...words]);
  assertEquals(code, 0, stderr);
  // Deno now and then looks for the limits of its cgroup, in these two.
  const own = /.*"\/proc\/self\/cgroup".*\n.*"\/proc\/self\/mountinfo".*\n/g;
  // A call that is refused is made again.
  const read = stderr.replace(own, "").matchAll(new RegExp(`"/proc/(\\w+/${name})".* = \\d`, "g"));
  return Array.from(read, ([, path]) => path!).filter((path) => path !== "self/cmdline");
}

Deno.test("nido tree reads command lines only where it prints them", {
  ...requires({ programs: ["strace", "unshare"], userNamespaces: true }),
}, async () => {
  // Elsewhere may be containers, whose monitors tell their names by arguments.
  const alone = [
    "unshare",
    "-Urpf",
    "--mount-proc",
    "sh",
    "-c",
    'sleep 30 & sleep 30 & "$@"',
    "sh",
  ];
  assertEquals(await readBy("cmdline", ["tree"], alone), []);
  for (const option of ["--arguments", "--json"]) {
    assert((await readBy("cmdline", ["tree", option], alone)).length > 2);
  }
});

Deno.test("mounts are read once, and not where nobody asks for them", traceable, async () => {
  const one = ["lsns", "-p", String(Deno.pid)];
  const asked = [["map"], ["lsns"], [...one, "-o", "+NSFS"], [...one, "-Q", "PATH == 'x'"]];
  for (const file of ["mountinfo", "mountstats"]) {
    assertEquals(await readBy(file, one), []);
    for (const words of asked) {
      const read = await readBy(file, words);
      assertEquals(new Set(read).size, read.length, `${words}: ${read}`);
      if (file === "mountstats") assert(read.includes("self/mountstats"), `${words}: ${read}`);
    }
  }
});

Deno.test("readBytes() reads to its limit, and again from the start", () => {
  const whole = readBytes("self/mountinfo");
  assert(whole.length > 100);
  assertEquals(readBytes("self/mountinfo", 100), whole.slice(0, 100));
  assertEquals(readBytes("self/mountinfo", 0), new Uint8Array());
  assertEquals(readBytes("self/mountinfo"), whole);
});

Deno.test(
  "a status with as many groups as there can be is read whole",
  requires({ root: true, programs: ["perl"] }),
  async () => {
    const groups = `$| = 1; $) = "0 " . join " ", 100000..165535; print "ready\\n"; <STDIN>`;
    await using one = await start(["perl", "-e", groups]);
    const status = statusOf(one.pid);
    assertEquals([status.groups.length, status.threads], [65536, 1]);
  },
);

Deno.test(
  "linesWith() finds lines in a mountinfo that is longer than what is read at once",
  requires({ root: true, programs: ["unshare"] }),
  async () => {
    const script = `mount -t tmpfs tmpfs /mnt && mkdir /mnt/é && i=0
      while [ $i -lt 900 ]; do mount -t tmpfs é$i /mnt/é; i=$((i + 1)); done
      mount -t ramfs last /mnt/é; echo ready; read x`;
    await using one = await start(["unshare", "-m", "sh", "-c", script]);
    const mounted = linesWith(`${one.pid}/mountinfo`, " /mnt/é ");
    assertEquals(mounted.length, 901);
    assertEquals(mounted.map((line) => line.split(" - ")[1]!.split(" ")[1]), [
      ...Array.from({ length: 900 }, (_, i) => `é${i}`),
      "last",
    ]);
    assertEquals(linesWith(`${one.pid}/mountinfo`, " - ramfs ").length, 1);
    assertEquals(linesWith(`${one.pid}/mountinfo`, " - nosuchfs "), []);
  },
);

Deno.test("a file without an end is none to be read", () => {
  assertEquals(assertThrows(() => readFile("/dev/zero"), SyscallError).code, "EFBIG");
});
