// `nido enter --tools`, on roots in which nothing of the caller's could run.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { start, type Started } from "../inspect/start.ts";
import { type Needs, requires } from "../requires.ts";
import { requiresBox, startBox } from "../support/engines.ts";
import { AS_USER, NIDO } from "../support/nido.ts";
import { nido } from "./run_nido.ts";

/** A root directory with one program in it, which is its PID 1. */
interface SmallRoot extends AsyncDisposable {
  /** That process, as the caller numbers it. */
  readonly pid: number;
  readonly folder: string;
}

/** Waits until its standard input ends. */
const PROGRAM = `#include <unistd.h>
int main(void) { char c; write(1, "ready\\n", 6); return read(0, &c, 1); }
`;

/** How programs are made that need nothing of the caller's, and what else their roots have. */
const MADE: Readonly<Record<string, { needs: Needs; make(folder: string): void }>> = {
  "that is static alone": {
    needs: { programs: ["musl-gcc"] },
    make: (folder) => compile(folder, ["-static"]),
  },
  "of musl": {
    needs: { programs: ["musl-gcc"] },
    make(folder) {
      compile(folder, []);
      Deno.mkdirSync(`${folder}/lib`);
      const [loader] = ["x86_64", "aarch64"].map((arch) => `ld-musl-${arch}.so.1`)
        .filter((name) => Array.from(Deno.readDirSync("/lib")).some((one) => one.name === name));
      Deno.copyFileSync(`/lib/${loader}`, `${folder}/lib/${loader}`);
      Deno.chmodSync(`${folder}/lib/${loader}`, 0o755);
    },
  },
};

function compile(folder: string, options: readonly string[]): void {
  Deno.writeTextFileSync(`${folder}/wait.c`, PROGRAM);
  const args = [...options, "-o", `${folder}/wait`, `${folder}/wait.c`];
  assert(new Deno.Command("musl-gcc", { args }).outputSync().success);
  Deno.removeSync(`${folder}/wait.c`);
}

/** Starts it in namespaces of its own, of which the user namespace may be one. */
async function small(kind: string, under: readonly string[], types: string): Promise<SmallRoot> {
  const folder = Deno.makeTempDirSync({ prefix: "nido-small-" });
  Deno.chmodSync(folder, 0o755);
  Deno.mkdirSync(`${folder}/proc`);
  Deno.writeTextFileSync(`${folder}/marker`, "in there\n");
  MADE[kind]!.make(folder);
  const script = `hostname small; mount -t proc proc ${folder}/proc; exec chroot ${folder} /wait`;
  const started: Started = await start([...under, "unshare", types, "sh", "-c", script]);
  return {
    pid: started.childOf(),
    folder,
    async [Symbol.asyncDispose]() {
      await started[Symbol.asyncDispose]();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

/** What is asked in there, and what the answer is. */
const ASK = [
  "cat /target/marker; hostname; cat /proc/1/comm; ls /proc | grep -c '^[0-9]'",
  "grep -c : /proc/net/dev; touch /target/x 2>&1; /target/wait 2>&1 </dev/null",
].join("; ");
const ANSWER =
  /^in there\nsmall\nwait\n[3-6]\n\d+\ntouch: .*Read-only file system\nsh: .*Permission denied\n$/;

const CASES: readonly {
  readonly who: string;
  readonly caller: readonly string[];
  readonly target: readonly string[];
  readonly types: string;
  readonly needs: Needs;
}[] = [
  { who: "root", caller: [], target: [], types: "-mpfiun", needs: { root: true } },
  {
    who: "root, where the target has a user namespace of its own",
    caller: [],
    target: AS_USER,
    types: "-Urmpfiun",
    needs: { root: true, userNamespaces: true },
  },
  {
    who: "an ordinary user",
    caller: AS_USER,
    target: AS_USER,
    types: "-Urmpfiun",
    needs: { userNamespaces: true },
  },
];

for (const kind of Object.keys(MADE)) {
  for (const { who, caller, target, types, needs } of CASES) {
    Deno.test(
      `nido enter --tools brings all programs of ${who} to a root ${kind}`,
      requires({
        ...needs,
        programs: ["unshare", "hostname", ...MADE[kind]!.needs.programs!],
      }),
      async () => {
        await using root = await small(kind, target, types);
        const before = [...Deno.readDirSync("/")].length;
        const words = ["enter", "--tools", String(root.pid), "--", "sh", "-c", ASK];
        const { stdout, stderr } = await nido(words, { under: caller });
        assertEquals(stderr, "");
        assertMatch(stdout, ANSWER);
        assertEquals([...Deno.readDirSync("/")].length, before);
        assertEquals(
          [...Deno.readDirSync(root.folder)].map(({ name }) => name).includes("x"),
          false,
        );
      },
    );
  }
}

Deno.test(
  "strace of nido enter --tools traces what has no shell",
  requires({ root: true, programs: ["unshare", "hostname", "strace", "musl-gcc"] }),
  async () => {
    await using root = await small("that is static alone", [], "-mpfiun");
    const script = "(strace -qq -p 1 2>&1 & echo $!; wait) | { read p; head -c 8; kill $p; }";
    const { stdout } = await nido(["enter", "--tools", String(root.pid), "sh", "-c", script]);
    assertStringIncludes(stdout, "read(0, ");
    const plain = await nido(["enter", String(root.pid)]);
    assertEquals([plain.code, plain.stdout], [127, ""]);
    assertStringIncludes(
      plain.stderr,
      "\n  try:  enter it by nido enter --tools to use the caller's own programs\n",
    );
  },
);

Deno.test(
  "nido enter --tools leaves nothing mounted outside, and keeps nothing of the target busy",
  requires({ root: true, programs: ["unshare", "hostname", "musl-gcc", "findmnt"] }),
  async () => {
    await using root = await small("that is static alone", [], "-mpfiun");
    const mounts = () => Deno.readTextFileSync("/proc/self/mountinfo");
    const before = mounts();
    await using tools = await start([
      ...NIDO,
      "enter",
      "--tools",
      String(root.pid),
      "sh",
      "-c",
      "umount /target/proc; echo ready; read x",
    ]);
    assertEquals(mounts(), before);
    // What waits has no descriptor of a mount: else nobody could unmount it in there.
    const open = Array.from(
      Deno.readDirSync(`/proc/${tools.pid}/fd`),
      ({ name }) => Deno.readLinkSync(`/proc/${tools.pid}/fd/${name}`),
    );
    assertEquals(open.filter((path) => path.startsWith("/") && path !== "/dev/null"), []);
    assertStringIncludes(Deno.readTextFileSync(`/proc/${root.pid}/mountinfo`), " /proc ");
  },
);

/** A process in a user namespace of an ordinary user, and in the machine's mount namespace. */
const startUsers = () => start([...AS_USER, "unshare", "-Ur", "sh", "-c", "echo ready; read x"]);

const readVersion = (
  pid: number,
): string[] => ["enter", "--tools", String(pid), "--", "cat", "/target/proc/version"];

Deno.test(
  "nido enter --tools goes to a process of an ordinary user, as root",
  requires({ root: true, userNamespaces: true, programs: ["unshare"] }),
  async () => {
    await using target = await startUsers();
    assertMatch((await nido(readVersion(target.pid))).stdout, /^Linux version /);
  },
);

Deno.test(
  "nido enter --tools says who may go to the target's mounts",
  requires({ userNamespaces: true, programs: ["unshare"] }),
  async () => {
    await using target = await startUsers();
    const refused = await nido(readVersion(target.pid), { under: AS_USER });
    assertEquals([refused.code, refused.stdout], [1, ""]);
    assertMatch(
      refused.stderr,
      /^nido enter: cannot go to the target's mounts: Operation not permitted$/m,
    );
    assertMatch(refused.stderr, /^ {2}try: {2}run as root$/m);
  },
);

Deno.test(
  "nido enter --tools goes to a container of podman",
  await requiresBox("podman"),
  async () => {
    await using box = await startBox("podman");
    const script = "cat /target/etc/os-release /proc/1/comm; findmnt -n -o OPTIONS /target";
    const words = ["enter", "--tools", String(box.pid), "--", "sh", "-c", script];
    const { stdout, stderr } = await nido(words);
    assertEquals(stderr, "");
    assertMatch(stdout, /^ID=test\ncat\nro,nosuid,nodev,noexec,/);
  },
);

Deno.test(
  "nido enter goes to a process in the caller's own namespaces as an ordinary user too",
  requires({ root: true, programs: ["setpriv", "env"] }),
  async () => {
    const words = ["env", "-C", "/usr", "HERE=yes", "sh", "-c", "echo ready; read x"];
    await using target = await start([...AS_USER, ...words]);
    const pid = String(target.pid);
    const entered = await nido(["enter", pid, "sh", "-c", "pwd; echo $HERE"], { under: AS_USER });
    assertEquals([entered.stderr, entered.stdout], ["", "/usr\nyes\n"]);
    const tools = await nido(["enter", "--tools", pid, "id"], { under: AS_USER });
    assertEquals([tools.code, tools.stdout], [1, ""]);
    assertStringIncludes(tools.stderr, `nido enter: process ${pid} is where you are: `);
  },
);

Deno.test("nido enter --tools has no line of nsenter", async () => {
  const { code, stderr } = await nido(["enter", "--tools", "--show", "1"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "no line of nsenter does what --tools does");
});
