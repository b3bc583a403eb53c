import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { UsageError } from "../../cli/getopt.ts";
import { parseLsns } from "../../cli/lsns/options.ts";
import { requires } from "../requires.ts";
import { VERSION } from "../../cli/version.ts";
import { AS_USER, NIDO, quote, run, shell } from "../support/nido.ts";
import { inode, start } from "../inspect/start.ts";

async function lsns(words: readonly string[], under: readonly string[] = []) {
  const [program, ...args] = [...under, ...NIDO, "lsns", ...words];
  const env = { LC_ALL: "C.UTF-8" };
  const { code, stdout, stderr } = await new Deno.Command(program!, { args, env }).output();
  const text = new TextDecoder("utf-8", { fatal: true });
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test("parseLsns() makes a request of the options", () => {
  assertEquals(parseLsns(["-rn", "-t", "uts", "-ttime", "-o", "+path", "--task=7"]), {
    format: "raw",
    columns: ["NS", "TYPE", "NPROCS", "PID", "USER", "COMMAND", "PATH"],
    tree: "process",
    headings: false,
    truncate: true,
    wrap: false,
    types: ["uts", "time"],
    persistent: false,
    task: 7,
  });
  const tree = (...words: string[]) => {
    const request = parseLsns(words);
    return typeof request === "string" ? request : request.tree;
  };
  assertEquals(
    ["-l", "--output-all", "-T", "-Tparent", "-T=parent", "--tree=process"].map((word) =>
      tree(word)
    ),
    [
      undefined,
      undefined,
      "owner",
      "parent",
      "parent",
      "process",
    ],
  );
  assertEquals(tree("5", "--output-all"), "process", "the processes of a namespace are a tree");
});

Deno.test("parseLsns() refuses numbers that are too large", () => {
  for (const words of [["-p", "2147483648"], ["18446744073709551616"]]) {
    assertMatch(assertThrows(() => parseLsns(words), UsageError).message, /out of range$/);
  }
});

const nestable = { userNamespaces: true, programs: ["unshare"] };

Deno.test("lsns lets no name of a process command the terminal", requires(nestable), async () => {
  const name = "\x1b]0;owned\x07\n\u202e日本";
  const script = 'exec 3<&0; sh -c "echo ready; read x" "$0" <&3';
  await using shell = await start(["unshare", "-Uru", "sh", "-c", script, name]);
  const ns = inode(shell.pid, "uts");
  const columns = ["-o", "NS,COMMAND,TYPE"];
  const list = await lsns([...columns, "-Q", `NS == ${ns}`]);
  assertEquals(list.stdout.match(/[^\n\P{C}]/gu), null, "no control or format character");
  assertEquals(list.stdout.split("\n").length, 3, "two lines");
  assertMatch(list.stdout, /\\x1b\]0;owned\\x07\\x0a\\xe2\\x80\\xae日本/);
  const { stdout } = await lsns([...columns, "-J", "-Q", `NS == ${ns}`]);
  const [{ command }] = JSON.parse(stdout).namespaces;
  assert(command.endsWith(name), command);
});

Deno.test("lsns lists what is only an owner, under -P too", requires(nestable), async () => {
  await using shell = await start([
    "unshare",
    "-Ur",
    "unshare",
    "-Ur",
    "sh",
    "-c",
    "echo ready; read x",
  ]);
  const { stdout } = await lsns(["-J", "-P", "-t", "user", "-o", "NS,NPROCS,PID,UID,PNS"]);
  const inner = JSON.parse(
    (await lsns(["-J", "-p", String(shell.pid), "-t", "user", "-o", "PNS"])).stdout,
  );
  const { pns } = inner.namespaces[0];
  assertEquals(JSON.parse(stdout).namespaces.find(({ ns }: { ns: number }) => ns === pns), {
    ns: pns,
    nprocs: 0,
    pid: null,
    uid: Deno.uid(),
    pns: inode("self", "user"),
  });
});

const UNREAD = /lsns: \d+ process(es)? of other users could not be looked into; run as root to see/;

/** What is on a terminal where an ordinary user runs lsns. @param more Is sh's. */
async function shownByLsns(words: readonly string[], more = ""): Promise<string> {
  const command = quote([...AS_USER, ...NIDO, "lsns", ...words]);
  return (await run(["script", "-qec", `${command}${more}`, "/dev/null"])).stdout;
}

const NEEDS = { root: true, programs: ["script"] };
const onTerminal = requires(NEEDS);

Deno.test("lsns says on a terminal how many processes it could not read", onTerminal, async () => {
  assertMatch(await shownByLsns(["-t", "uts"]), UNREAD);
});

Deno.test("lsns does not say so where a program may read it", onTerminal, async () => {
  assertEquals((await lsns(["-t", "uts"], AS_USER)).stderr, "");
  for (const words of [["-J"], ["-n"], ["-r"], ["-p", String(Deno.pid)]]) {
    const shown = await shownByLsns(["-t", "uts", ...words]);
    assertEquals(UNREAD.test(shown), false, words.join(" "));
  }
  assertEquals(UNREAD.test(await shownByLsns(["-t", "uts"], " 2>&1 | cat")), false);
});

Deno.test(
  "a link named lsns is as silent as util-linux's",
  requires({ ...NEEDS, binary: true }),
  async () => {
    const folder = Deno.makeTempDirSync({ prefix: "nido-link-" });
    try {
      Deno.chmodSync(folder, 0o755);
      Deno.symlinkSync(NIDO[0]!, `${folder}/lsns`);
      const command = quote([...AS_USER, `${folder}/lsns`]);
      const { stdout, code } = await run(["script", "-qec", command, "/dev/null"]);
      assertEquals([UNREAD.test(stdout), code], [false, 0]);
      assertMatch(stdout, /NPROCS/);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);

Deno.test("lsns takes several types with commas between", async () => {
  const { stdout } = await lsns(["-n", "-r", "-o", "TYPE", "-t", "pid,net", "-t", "uts"]);
  assertEquals([...new Set(stdout.trim().split("\n"))].sort(), ["net", "pid", "uts"]);
});

const SLIPS = [["network", "net"], ["mount", "mnt"], ["users", "user"], ["Net", "net"]] as const;

Deno.test("lsns guesses which type was meant", async () => {
  for (const [word, meant] of SLIPS) {
    const { code, stderr } = await lsns(["-t", word]);
    const expected = `lsns: unknown namespace type: ${word}; did you mean '${meant}'?\n`;
    assertEquals([code, stderr], [1, expected]);
  }
  const { stderr } = await lsns(["-t", "pid,what"]);
  assertMatch(stderr, /^lsns: unknown namespace type: what; there are cgroup, ipc, mnt, net, pid,/);
});

/** How scripts ask for the version. */
const ASKS = [
  "sed 's/.* from util-linux //; s/ .*//'",
  "awk '{print $4}'",
  "cut -d' ' -f4",
  "grep -oE '[0-9]+(\\.[0-9]+)+' | head -n 1",
  "grep -oE 'util-linux [0-9.]+' | tr -d 'a-z -'",
];

Deno.test("the version names the util-linux that scripts ask for", async () => {
  for (const name of ["unshare", "nsenter", "lsns"]) {
    const { stdout } = await run([...NIDO, name, "--version"]);
    assertEquals(stdout, `${name} from util-linux 2.42 (compatible: nido ${VERSION})\n`);
    for (const script of ASKS) {
      assertEquals((await shell(script, [], { stdin: stdout })).stdout, "2.42\n", script);
    }
  }
});

Deno.test("lsns says that a namespace is not there, and exits with 1", async () => {
  const { code, stdout, stderr } = await lsns(["1"]);
  assertEquals({ code, stdout, stderr }, {
    code: 1,
    stdout: "",
    stderr: "lsns: not found namespace: 1\n",
  });
});

Deno.test("parseLsns() has columns of nido's own only for those who name them", () => {
  const columns = (...words: string[]) => {
    const request = parseLsns(words);
    return typeof request === "string" ? [] : request.columns;
  };
  assertEquals(columns("-o", "engine,Cid"), ["ENGINE", "CID"]);
  for (const words of [[], ["--output-all"], ["-t", "net"]]) {
    assert(!columns(...words).some((name) => /^(ENGINE|CONTAINER|CID|POD|U?UNIT)$/.test(name)));
  }
});

Deno.test("lsns filters by columns of nido's own", async () => {
  const none = await lsns(["-o", "NS,ENGINE", "-p", String(Deno.pid), "-Q", "ENGINE == 'none'"]);
  assertEquals(none, { code: 0, stdout: "", stderr: "" });
});
