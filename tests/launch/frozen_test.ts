// Frozen launches at work: in a root with nothing in it, for whoever starts them.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { unshare } from "../../cli/unshare.ts";
import { nsenter } from "../../cli/nsenter.ts";
import { frozenBytes } from "../../launch/freeze.ts";
import { subidsIn } from "./subids_model.ts";
import { requires } from "../requires.ts";
import { runInEmptyRoot, USERS } from "../support/empty_root.ts";
import {
  AS_USER,
  type Outcome,
  requiresRanges,
  run,
  shell,
  start,
  USER_ID,
} from "../support/nido.ts";

/** The program that `nido freeze unshare …words` writes, or that of another command. */
function frozen(words: readonly string[], command = unshare): Uint8Array {
  const spec = command.parse(words);
  if (typeof spec === "string") throw new TypeError(`--${spec} launches nothing`);
  return frozenBytes(spec, Deno.build.arch);
}

async function withFrozen<T>(
  words: readonly string[],
  use: (path: string) => Promise<T>,
  command = unshare,
): Promise<T> {
  const folder = Deno.makeTempDirSync({ prefix: "nido-frozen-" });
  try {
    Deno.chmodSync(folder, 0o755);
    Deno.writeFileSync(`${folder}/frozen`, frozen(words, command), { mode: 0o755 });
    return await use(`${folder}/frozen`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const NEEDS = { userNamespaces: true, namespaces: ["pid", "uts", "ipc"] } as const;

for (const as of USERS) {
  const testHere = (name: string, check: () => Promise<void>): void =>
    Deno.test(`as ${as}, in an empty root: ${name}`, requires(NEEDS), check);
  const here = (words: readonly string[], ...args: readonly string[]): Promise<Outcome> =>
    runInEmptyRoot(frozen(words), args, as);

  testHere("a program runs with its arguments", async () => {
    const { code, stdout, stderr } = await here(["/static", "frozen", "a b"], "", "given", "c d");
    assertEquals([code, stdout, stderr], [7, "/static\nfrozen\na b\n\ngiven\nc d\n", ""]);
  });

  testHere("it runs in new namespaces, waited for", async () => {
    const words = ["--user", "--pid", "--fork", "--uts", "--ipc", "--kill-child", "/static"];
    const { code, stdout, stderr } = await here(words, "x");
    assertEquals([code, stdout, stderr], [7, "/static\nx\n", ""]);
  });

  testHere("a program is found by the default path's rules, or not", async () => {
    const { code, stderr } = await here(["static"]);
    const text = "unshare: failed to execute static: No such file or directory\n";
    assertEquals([code, stderr], [127, text]);
  });

  testHere("the shell is /bin/sh, where nobody says otherwise", async () => {
    const { code, stderr } = await here([]);
    const text = "unshare: failed to execute /bin/sh: No such file or directory\n";
    assertEquals([code, stderr], [127, text]);
  });

  testHere("what needs /proc says so", async () => {
    const { code, stderr } = await here(["--map-root-user", "/static"]);
    assertEquals([code, stderr], [
      1,
      "unshare: cannot open /proc/self/uid_map: No such file or directory\n" +
      '  step: openat(AT_FDCWD, "/proc/self/uid_map", O_WRONLY|O_CLOEXEC) = ENOENT\n' +
      "  why:  no proc is mounted on /proc\n  try:  mount -t proc proc /proc\n",
    ]);
    const all = await here(["--map-users=all", "/static"]);
    assertEquals([all.code, all.stderr.split("\n")[0]], [
      1,
      "unshare: cannot read /proc/self/uid_map: No such file or directory",
    ]);
    const mount = await here(["--user", "--pid", "--fork", "--mount-proc", "/static"]);
    assertStringIncludes(mount.stderr, "unshare: mount /proc failed: No such file or directory\n");
    assertStringIncludes(mount.stderr, "  why:  there is no such directory to mount on\n");
    assertEquals(mount.code, 1);
  });

  testHere("ranges need a line in /etc/subuid", async () => {
    const { code, stderr } = await here(["--map-auto", "/static"]);
    const uid = as === "root" ? 0 : Deno.uid() || USER_ID;
    assertEquals([code, stderr], [
      1,
      `unshare: no line matching user "${uid}" in /etc/subuid\n` +
      `  try:  echo '${uid}:100000:65536' >> /etc/subuid${uid === 0 ? "" : ", as root"}\n`,
    ]);
  });
}

const USER_NAMESPACES = requires({ userNamespaces: true });

Deno.test(
  "the ids of whoever starts it are mapped, not those of who froze it",
  USER_NAMESPACES,
  async () => {
    const map = "awk '{print $1, $2, $3}' /proc/self/uid_map /proc/self/gid_map; id -u";
    await withFrozen(["--map-current-user", "sh", "-c", map], async (path) => {
      const { stdout, stderr } = await run([...AS_USER, path]);
      const id = Deno.uid() || USER_ID;
      const group = Deno.uid() === 0 ? USER_ID : Deno.gid();
      assertEquals([stdout, stderr], [`${id} ${id} 1\n${group} ${group} 1\n${id}\n`, ""]);
      if (Deno.uid() === 0) assertEquals((await run([path])).stdout, "0 0 1\n0 0 1\n0\n");
    });
  },
);

Deno.test("ranges are those of whoever starts it", requiresRanges(), async () => {
  const map = "awk '{print $1, $2, $3}' /proc/self/uid_map";
  await withFrozen(["--map-auto", "-c", "--fork", "sh", "-c", map], async (path) => {
    const { code, stdout, stderr } = await run([...AS_USER, path]);
    const user = Deno.readTextFileSync("/etc/passwd").split("\n").map((line) => line.split(":"))
      .find((fields) => fields[2] === String(Deno.uid() || USER_ID))![0]!;
    const [, first, count] = Deno.readTextFileSync("/etc/subuid").split("\n")
      .find((line) => line.startsWith(`${user}:`))!.split(":").map(Number);
    const id = Deno.uid() || USER_ID;
    const lines = [[id, id, 1], [0, first!, id], [id + 1, first! + id, count! - id]];
    assertEquals(stdout, lines.map((line) => `${line.join(" ")}\n`).join(""), stderr);
    assertEquals(code, 0);
  });
});

const ALL = [{ inner: 0, outer: 0, count: 4294967295 }];

/** Runs a script as root with these texts as /etc/passwd and /etc/subuid, for itself alone. */
function withAccounts(
  passwd: string,
  subuid: string,
  script: string,
  path: string,
): Promise<Outcome> {
  return shell(
    `d=$(mktemp -d) || exit; chmod 755 "$d"; printf "$2" >"$d/passwd"; printf "$3" >"$d/subuid"; chmod 644 "$d"/*
     unshare -m sh -c 'mount --bind $0/passwd /etc/passwd && mount --bind $0/subuid /etc/subuid &&
       mount --bind $0/subuid /etc/subgid && exec sh -c "$1" sh "$2"' "$d" "$4" "$1"
     status=$?; rm -r "$d"; exit $status`,
    [path, passwd, subuid, script],
  );
}

Deno.test(
  "accounts and ranges are read as passwd(5) and subuid(5) say",
  requires({ root: true, programs: ["newuidmap"] }),
  async () => {
    const accounts =
      "root:x:0:0::/:/bin/sh\\nann:x:4242:4242:Ann:/home:/bin/echo\\nbob:x:42:1::/:/x";
    const AS = "exec setpriv --reuid 4242 --regid 4242 --clear-groups";
    const map = ["--map-users=auto", "sh", "-c", "awk '{print $1, $2, $3}' /proc/self/uid_map"];
    await withFrozen(map, async (path) => {
      const read = async (subuid: string, passwd = accounts) => {
        const { code, stdout, stderr } = await withAccounts(passwd, subuid, `exec "$1"`, path);
        return `${code} ${stdout}${stderr}`;
      };
      // root's lines, by name and by number, the first that is its own; written by root itself.
      assertEquals(await read("ann:1:2\\nroot:5000:10\\nroot:6000:10\\n"), "0 0 5000 10\n");
      assertEquals(await read("0:5000:10"), "0 0 5000 10\n");
      assertEquals(await read("00:1:2\\nroots:1:2\\nroo:1:2\\n0:5000:10\\n"), "0 0 5000 10\n");
      // What is said and advised is what subids_model.ts has.
      const isSame = async (text: string, name: string, uid: number, passwd = accounts) => {
        const command = uid === 0 ? `exec "$1"` : `${AS} "$1"`;
        const { code, stderr } = await withAccounts(passwd, text, command, path);
        const { lack } = subidsIn({ path: "/etc/subuid", text, map: ALL }, { name, uid });
        const hint = lack?.hint === undefined ? "" : `  try:  ${lack.hint}\n`;
        assertEquals([code, stderr], [1, `unshare: ${lack?.message}\n${hint}`], text);
      };
      await isSame("root:5000:10", "0", 0, "");
      for (
        const text of [
          "",
          "\n\n:\nann",
          "some_user:100000:65536\n",
          "some_user:100000:65536",
          "b:165536:65536\na:100000:65536\n",
          "a:150000:10\nb:2:3:4\nc:2:x\nd:4294967290:9\n",
          "a:165535:10\n:165545:65536\n",
          "a:100000:4294867295\n",
          "a:100000:4294800000\n",
          "a:4294967290:10\n",
          "containers:2147483647:2147483648\n",
        ]
      ) await isSame(text, "root", 0);
      await isSame("bob:100000:65536\n", "ann", 4242);
      for (
        const line of [
          "root:",
          "root:1",
          "root:1:",
          "root:x:1",
          "root:1:2x",
          "root:1:0",
          "root:-1:2",
          "root:1:99999999999",
          "root:4294967290:10",
        ]
      ) await isSame(`bob:100000:65536\n\n${line}\nroot:1:2\n`, "root", 0);
      // A user's range is used by newuidmap, which reads the same file.
      const user = await withAccounts(accounts, "ann:70000:5\\n", `${AS} "$1"`, path);
      assertEquals([user.stdout, user.stderr], ["0 70000 5\n", ""]);
      const nobody = await withAccounts(accounts, "bob:70000:5\\n", `${AS} "$1"`, path);
      assertStringIncludes(nobody.stderr, 'unshare: no line matching user "ann" in /etc/subuid\n');
    });
    // Without SHELL the account has the shell; the line without a name is none.
    await withFrozen([], async (path) => {
      const nameless = `:x:4242:4242::/:/x\\n${accounts}`;
      const { stdout } = await withAccounts(
        nameless,
        "",
        `unset SHELL; ${AS} "$1" says this`,
        path,
      );
      assertEquals(stdout, "says this\n");
    });
  },
);

Deno.test(
  "a file that is too large to be read whole is refused",
  requires({ root: true }),
  async () => {
    await withFrozen(["--map-users=auto", "true"], async (path) => {
      const passwd = "root:x:0:0::/:/bin/sh\\n%1048600s";
      const { code, stderr } = await withAccounts(passwd, "root:1:2", `exec "$1"`, path);
      assertEquals([code, stderr], [1, "unshare: cannot read /etc/passwd: File too large\n"]);
    });
  },
);

Deno.test("bytes that are no UTF-8 and open descriptors pass through", async () => {
  await withFrozen(
    ["sh", "-c", 'printf "%s," "$@" "$A"; cat <&7', "sh", "\udcfe"],
    async (path) => {
      const { bytes } = await shell(
        `A=$(printf '\\377') exec "$1" "$(printf 'a\\200')" "" 7</etc/hostname`,
        [path],
      );
      const hostname = Deno.readFileSync("/etc/hostname");
      const words = [[0xfe], [0x61, 0x80], [], [0xff]].flatMap((word) => [...word, 0x2c]);
      assertEquals(bytes, Uint8Array.of(...words, ...hostname));
    },
  );
});

Deno.test(
  "with standard streams closed no other descriptor is there either",
  USER_NAMESPACES,
  async () => {
    const words = ["sh", "-c", 'exec ls /proc/self/fd >"$0"'];
    await withFrozen(["-r", "--fork", ...words], async (path) => {
      const out = Deno.makeTempFileSync({ prefix: "nido-test-" });
      const seen = async (command: readonly string[]): Promise<string> => {
        const { stdout } = await shell(`("$@") <&- >&- 2>&-; echo $?`, [...command, out]);
        return `${stdout}${Deno.readTextFileSync(out)}`;
      };
      try {
        const plain = await seen(words);
        assertEquals(plain.split("\n")[0], "0");
        assertEquals(await seen([path]), plain);
      } finally {
        Deno.removeSync(out);
      }
    });
  },
);

Deno.test("the program dies with its launcher, and gets its signals", USER_NAMESPACES, async () => {
  await withFrozen(["-Ur", "--kill-child", "sh", "-c", "echo $$; exec sleep 60"], async (path) => {
    const running = start([path]);
    await running.until("\n");
    Deno.kill(running.child.pid, "SIGKILL");
    // The outcome is there when nobody holds its stdout any more.
    assertEquals((await running.outcome()).signal, "SIGKILL");
  });
  const trap = "trap 'echo caught; exit 5' TERM; echo ready; while :; do sleep 0.02; done";
  await withFrozen(["-Ur", "--forward-signals", "sh", "-c", trap], async (path) => {
    const running = start([path]);
    await running.until("ready");
    Deno.kill(running.child.pid, "SIGTERM");
    const { code, stdout } = await running.outcome();
    assertEquals([code, stdout], [5, "ready\ncaught\n"]);
  });
});

/** Starts what will be joined, as the ordinary user, and gives the PID of its shell. */
async function withTarget(use: (pid: number) => Promise<void>): Promise<void> {
  const script = "hostname frozen-test; echo $$ ready; exec sleep 60";
  const words = ["unshare", "-Uru", "env", "A=target", "PATH=/usr/bin:/bin", "sh", "-c", script];
  const running = start([...AS_USER, ...words]);
  try {
    await running.until("ready");
    await use(running.child.pid);
  } finally {
    running.signalGroup("SIGKILL");
    await running.outcome();
  }
}

const NSENTER = requires({ userNamespaces: true, namespaces: ["uts"], kernel: "5.8" });

Deno.test(
  "nsenter too can be frozen, and finds its target's variables and PATH",
  NSENTER,
  async () => {
    await withTarget(async (pid) => {
      const script = 'hostname; id -u; echo "$A $0 $*"';
      const words = ["-t", `${pid}`, "-U", "-u", "-e", "sh", "-c", script, "frozen"];
      await withFrozen(words, async (path) => {
        const { code, stdout, stderr } = await run([
          ...AS_USER,
          "env",
          "A=own",
          "PATH=/none",
          path,
          "given",
        ]);
        assertEquals([code, stdout, stderr], [0, "frozen-test\n0\ntarget frozen given\n", ""]);
      }, nsenter);
    });
  },
);

Deno.test("a frozen nsenter says that its target is gone", NSENTER, async () => {
  const gone = await withFrozen(["-t", "4194303", "-u", "true"], (path) => run([path]), nsenter);
  assertEquals(gone.code, 1);
  assertStringIncludes(
    gone.stderr,
    "why:  there is no process 4194303 in the caller's PID namespace",
  );
});

Deno.test(
  "a frozen nsenter says of whoever starts it that the target is another's",
  requires({ root: true, kernel: "5.8" }),
  async () => {
    const refused = await withFrozen(
      ["-t", "1", "-u", "true"],
      (path) => run([...AS_USER, path]),
      nsenter,
    );
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.stderr, "why:  process 1 is not one of uid 1000's");
  },
);

Deno.test(
  "the directories of a frozen nsenter may be parameters",
  requires({ root: true }),
  async () => {
    const words = ["-u/proc/self/ns/uts", "--root=@root", "-w@wd", "/bin/pwd"];
    const spec = nsenter.parse(words, new Set(["root", "wd"]));
    if (typeof spec === "string") throw new TypeError("no launch");
    const path = Deno.makeTempFileSync({ prefix: "nido-frozen-" });
    try {
      Deno.writeFileSync(path, frozenBytes(spec, Deno.build.arch));
      Deno.chmodSync(path, 0o755);
      assertEquals((await run([path, "--root=/", "--wd=/proc"])).stdout, "/proc\n");
      assertStringIncludes(
        (await run([path, "--root=/nowhere", "--wd=/proc"])).stderr,
        "cannot open /nowhere: No such file or directory",
      );
    } finally {
      Deno.removeSync(path);
    }
  },
);
