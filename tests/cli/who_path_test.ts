/** `nido who PATH`: what keeps it busy, and that what it says frees it. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { parseMountinfo } from "../../inspect/mountinfo.ts";
import { start } from "../inspect/start.ts";
import { exists, requires } from "../requires.ts";
import { type MountWorld, mountWorld, WORLD } from "../support/mount_world.ts";
import { AS_USER, run } from "../support/nido.ts";
import { until } from "../support/patience.ts";
import { nido, UNSAFE } from "./run_nido.ts";

interface Holder {
  readonly kind: string;
  readonly pid?: number;
  readonly holds?: readonly { readonly by: string; readonly path: string }[];
  readonly path?: string;
  readonly what: string;
  readonly free: string | null;
  readonly note: string | null;
}

interface Answer {
  readonly kind: string;
  readonly holders: readonly Holder[];
  readonly then: readonly { readonly free: string }[];
}

async function ask(world: MountWorld, path: string): Promise<Answer> {
  const { stdout, stderr, code } = await world.sh(`nido who --json ${path}`);
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout).paths[0];
}

async function succeeds(world: MountWorld, line: string): Promise<void> {
  const { code, stderr } = await world.sh(line);
  assertEquals(code, 0, `${line}: ${stderr}`);
}

async function isBusy(world: MountWorld, line: string): Promise<void> {
  const { code, stderr } = await world.sh(`LC_ALL=C ${line}`);
  assertNotEquals(code, 0, line);
  assertMatch(stderr, /busy/, line);
}

/** A shell's words that wait until a process has let go of all, in each of its threads: its descriptors are not the last. */
const untilEnded = (pid: number | string): string =>
  `until [ ! -e /proc/${pid} ] || { grep -q "^State:.Z" /proc/${pid}/status && ` +
  `[ "$(ls /proc/${pid}/task | wc -l)" = 1 ]; }; do sleep 0.01; done`;

/** Does what the answer says about what holds it here, and waits for what has been killed. */
async function follow(world: MountWorld, { holders, then }: Answer): Promise<void> {
  for (const { kind, free, pid } of holders) {
    if (kind === "mount") continue;
    assert(free !== null);
    await succeeds(world, free);
    if (pid) await succeeds(world, untilEnded(pid));
  }
  await succeeds(world, then[0]!.free);
}

const SLEEP = "sleep 1000 >/dev/null 2>&1 </dev/null";

/** How something is held, what says so, and what this needs. */
const WAYS = {
  cwd: { setup: `mkdir /mnt/d; (cd /mnt/d; exec ${SLEEP}) &`, by: "cwd" },
  fd: { setup: `${SLEEP} 3>/mnt/file &`, by: "fd" },
  exe: { setup: `cp "$(which sleep)" /mnt/; /mnt/${SLEEP} &`, by: "exe" },
  root: {
    setup: "cp /bin/busybox /mnt/sleep; chroot /mnt /sleep 1000 >/dev/null </dev/null 2>&1 &",
    by: "root",
    programs: ["/bin/busybox"],
  },
  mapped: {
    setup: `cat >/mnt/map.py <<'END'
import ctypes, os, time
fd = os.open("/mnt/file", os.O_RDWR | os.O_CREAT)
os.ftruncate(fd, 4096)
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
assert libc.mmap(None, ctypes.c_size_t(4096), 3, 1, fd, ctypes.c_long(0)) != ctypes.c_void_p(-1).value
os.close(fd)
open("/media/mapped", "w")
time.sleep(1000)
END
mount -t tmpfs x /media; python3 - </mnt/map.py >/dev/null 2>&1 &
until [ -e /media/mapped ]; do sleep 0.01; done`,
    by: "mapped",
    programs: ["python3"],
  },
  socket: {
    setup: `mount -t tmpfs x /media; python3 -c '
import socket, time
one = socket.socket(socket.AF_UNIX)
one.bind("/mnt/socket")
open("/media/bound", "w")
time.sleep(1000)' >/dev/null 2>&1 </dev/null &
until [ -e /media/bound ]; do sleep 0.01; done`,
    by: "socket",
    programs: ["python3"],
  },
  thread: {
    setup: `mount -t tmpfs x /media; python3 -c '
import ctypes, os, threading, time
def other():
    assert ctypes.CDLL(None).unshare(0x200) == 0
    os.chdir("/mnt")
    open("/media/there", "w")
    time.sleep(1000)
threading.Thread(target=other).start()' >/dev/null 2>&1 </dev/null &
until [ -e /media/there ]; do sleep 0.01; done`,
    by: "cwd",
    programs: ["python3"],
  },
} as const;

for (const [name, { setup, by, ...needs }] of Object.entries(WAYS)) {
  const programs = [...WORLD.programs, ..."programs" in needs ? needs.programs : []];
  Deno.test(
    `nido who: what it says frees a mount from ${name}`,
    requires({ ...WORLD, programs }),
    async () => {
      await using world = await mountWorld(setup);
      await isBusy(world, "umount /mnt");
      const answer = await ask(world, "/mnt");
      assertEquals(answer.kind, "mount point");
      const [holder] = answer.holders.filter(({ kind }) => kind === "process");
      assert(holder?.holds?.some((hold) => hold.by === by), JSON.stringify(answer));
      await follow(world, answer);
      assertEquals((await world.sh("grep -c ' /mnt ' /proc/self/mountinfo")).stdout, "0\n");
    },
  );
}

Deno.test(
  "nido who: what it says frees a mount from mounts on it, the deepest first",
  requires(WORLD),
  async () => {
    await using world = await mountWorld(
      "mkdir '/mnt/a b'; mount -t tmpfs x '/mnt/a b'; mkdir '/mnt/a b/c'; mount -t tmpfs x '/mnt/a b/c'",
    );
    await isBusy(world, "umount /mnt");
    const answer = await ask(world, "/mnt");
    assertEquals(answer.holders.map(({ kind, path }) => [kind, path]), [
      ["nested", "/mnt/a b/c"],
      ["nested", "/mnt/a b"],
    ]);
    await follow(world, answer);
  },
);

Deno.test(
  "nido who: what it says frees a directory for rmdir and mv",
  requires(WORLD),
  async () => {
    await using world = await mountWorld("mkdir -p /mnt/d/e; mount -t tmpfs x /mnt/d");
    await isBusy(world, "rmdir /mnt/d");
    await isBusy(world, "mv /mnt/d /mnt/f");
    await follow(world, await ask(world, "/mnt/d"));
    await succeeds(world, "mv /mnt/d /mnt/f && rmdir /mnt/f/e && rmdir /mnt/f");
  },
);

Deno.test(
  "nido who has the mounts below a directory, and who is in it",
  requires(WORLD),
  async () => {
    await using world = await mountWorld(
      `mkdir -p /mnt/d/e /mnt/dd; mount -t tmpfs x /mnt/d/e; (cd /mnt/dd; exec ${SLEEP}) & ` +
        `(cd /mnt/d; exec ${SLEEP}) &`,
    );
    await isBusy(world, "rm -r /mnt/d");
    const { kind, holders, then } = await ask(world, "/mnt/d");
    assertEquals([kind, then], ["directory", []]);
    assertEquals(holders.map((one) => one.path ?? one.holds?.[0]?.path), ["/mnt/d/e", "/mnt/d"]);
    for (const { free } of holders) await succeeds(world, free!);
    await succeeds(world, "rm -r /mnt/d");
  },
);

Deno.test(
  "nido who says what is still mounted where it is no longer mounted here",
  requires(WORLD),
  async () => {
    await using world = await mountWorld(
      `mkdir /mnt/d; mount -t tmpfs gone /mnt/d; unshare -m --propagation private ${SLEEP} & ` +
        "until grep -q sleep /proc/$!/comm; do sleep 0.01; done; umount /mnt/d",
    );
    for (const path of ["/mnt/d", "/mnt/d/../d/"]) {
      const { kind, holders: [holder, ...more] } = await ask(world, path);
      assertEquals([kind, more.length, holder?.kind], ["directory", 0, "mount"]);
      assertMatch(holder!.what, /^mounted on \/mnt\/d in mnt:\[\d+\]$/);
    }
    const { holders: [holder] } = await ask(world, "/mnt/d");
    assertMatch(holder!.free!, /^umount -i -N \d+ \/mnt\/d$/);
    const there = `grep -c ' /mnt/d ' /proc/${holder!.pid}/mountinfo`;
    assertEquals((await world.sh(there)).stdout, "1\n");
    await succeeds(world, holder!.free!);
    assertEquals((await world.sh(there)).stdout, "0\n");
    await succeeds(world, "rmdir /mnt/d");
    assertMatch((await world.sh("nido who /mnt/d")).stderr, /cannot open '\/mnt\/d': No such file/);
  },
);

Deno.test(
  "nido who has a path that is only there where it is mounted",
  requires(WORLD),
  async () => {
    await using world = await mountWorld(
      `unshare -m --propagation private sh -c 'mount -t tmpfs x /mnt; mkdir /mnt/only; ` +
        `mount -t tmpfs x /mnt/only; exec ${SLEEP}' & ` +
        "until grep -q only /proc/$!/mountinfo && grep -q sleep /proc/$!/comm; do sleep 0.01; done",
    );
    const { kind, holders: [holder] } = await ask(world, "/mnt/only");
    assertEquals([kind, holder?.kind], ["gone", "mount"]);
    await succeeds(world, holder!.free!);
  },
);

/** A container: a root of its own, in which busybox is umount, too. */
const CONTAINER =
  "mkdir -p /mnt/r/bin /mnt/r/data /mnt/r/old /mnt/usb; cp /bin/busybox /mnt/r/bin/; " +
  "mount -t tmpfs usb /mnt/usb; unshare -m --propagation private sh -c '" +
  "mount --bind /mnt/r /mnt/r; mount --bind /mnt/usb /mnt/r/data; cd /mnt/r; pivot_root . old; " +
  "/bin/busybox umount -l /old; exec /bin/busybox sleep 1000' </dev/null >/dev/null 2>&1 & " +
  "until grep -q ' /data ' /proc/$!/mountinfo && grep -q busybox /proc/$!/comm; do sleep 0.01; done";

Deno.test(
  "nido who says which container still has a mount, and runs nothing of it",
  requires({
    ...WORLD,
    programs: [...WORLD.programs, "/bin/busybox", "pivot_root"],
  }),
  async () => {
    await using world = await mountWorld(CONTAINER);
    const { holders: [holder, ...more], then } = await ask(world, "/mnt/usb");
    assertEquals([more.length, holder?.kind, holder?.path], [0, "mount", "/data"]);
    // Who is in there could make that path lead elsewhere.
    const ns = (await world.sh(`readlink /proc/${holder!.pid}/ns/mnt`)).stdout.trim();
    assertEquals(holder!.free, `nido who '${ns}'`);
    assertStringIncludes(holder!.note!, "it goes with that namespace");
    await succeeds(world, then[0]!.free);
    const { namespaces: [namespace] } = JSON.parse(
      (await world.sh(`nido who --json '${ns}'`)).stdout,
    );
    assertEquals(namespace.holders.map(({ kind }: Holder) => kind), ["process"]);
    await succeeds(world, namespace.holders[0].free);
  },
);

Deno.test(
  "nido who: a mount that propagates is held by who holds it elsewhere",
  requires(WORLD),
  async () => {
    await using world = await mountWorld(
      "mount --make-shared /mnt; mkdir /mnt/d; mount -t tmpfs x /mnt/d; " +
        `unshare -m --propagation unchanged sh -c 'cd /mnt/d; exec ${SLEEP}' & ` +
        "until grep -q sleep /proc/$!/comm; do sleep 0.01; done",
    );
    await isBusy(world, "umount /mnt/d");
    const answer = await ask(world, "/mnt/d");
    assertEquals(answer.holders.map(({ kind }) => kind), ["process", "mount"]);
    assertEquals(answer.holders[1]!.note, "it goes with the mount here");
    await follow(world, answer);
  },
);

Deno.test(
  "nido who tells a shell that it is itself in the directory",
  requires(WORLD),
  async () => {
    await using world = await mountWorld("mkdir /mnt/d; mount -t tmpfs x /mnt/d");
    const script =
      'cd /mnt/d; nido who . | tee /dev/stderr | grep -q "  cd /  # it runs this nido" && ' +
      "cd / && umount /mnt/d";
    await succeeds(world, script);
  },
);

Deno.test(
  "nido who finds what a loop device, its file and swap hold",
  requires({
    root: true,
    filesystems: ["ext4"],
    programs: [...WORLD.programs, "losetup", "mkfs.ext4", "/dev/loop-control"],
  }),
  async () => {
    await using world = await mountWorld(
      "dd if=/dev/zero of=/mnt/image bs=1M count=16 2>/dev/null; mkfs.ext4 -q /mnt/image; mkdir /mnt/on; " +
        "losetup --show -f /mnt/image >/mnt/name; mount $(cat /mnt/name) /mnt/on; " +
        "dd if=/dev/zero of=/mnt/on/swap bs=1M count=2 2>/dev/null; chmod 600 /mnt/on/swap; " +
        `(cd /mnt/on; exec ${SLEEP}) &`,
    );
    const device = (await world.sh("cat /mnt/name")).stdout.trim();
    try {
      const file = await ask(world, "/mnt");
      assertEquals(file.holders.map(({ kind }) => kind), ["nested", "loop"]);
      // Another world has a file of that name, too, but not that one.
      await using other = await mountWorld(`echo x >/mnt/image`);
      assertEquals((await ask(other, "/mnt")).holders, []);
      const ofDevice = await ask(world, device);
      assertEquals(ofDevice.kind, "block device");
      assertEquals(ofDevice.holders.map(({ kind }) => kind), ["process", "mount"]);
      assertEquals(ofDevice.holders[1]!.free, "umount /mnt/on");
      const { code } = await world.sh(
        "mkswap -q /mnt/on/swap >/dev/null 2>&1; swapon /mnt/on/swap",
      );
      if (code !== 0) console.log("swap is not tried: this machine refuses it");
      else {
        const on = await ask(world, "/mnt/on");
        assertEquals(on.holders.map(({ kind, free }) => [kind, free])[0], [
          "swap",
          "swapoff /mnt/on/swap",
        ]);
      }
      await follow(world, await ask(world, "/mnt/on"));
      await follow(world, await ask(world, "/mnt"));
    } finally {
      await world.sh(`swapoff /mnt/on/swap; umount /mnt/on; losetup -d ${device}`);
    }
  },
);

Deno.test(
  "nido who does not wait for a file system that never answers",
  requires({
    ...WORLD,
    programs: [...WORLD.programs, "python3", "timeout", "/dev/fuse"],
  }),
  async () => {
    await using world = await mountWorld(`mkdir /mnt/silent; mount -t tmpfs x /media; python3 -c '
import ctypes, os, time
try:
    fd = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={fd},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}".encode()
    if ctypes.CDLL(None).mount(b"silent", b"/mnt/silent", b"fuse", 0, options) == 0:
        os.open("/mnt/silent", os.O_PATH)
        open("/media/mounted", "w")
finally:
    open("/media/tried", "w")
time.sleep(1000)' >/dev/null 2>&1 </dev/null &
until [ -e /media/tried ]; do sleep 0.01; done`);
    if ((await world.sh("[ -e /media/mounted ]")).code !== 0) {
      return console.log("no silent file system is tried: this machine refuses to mount one");
    }
    for (const path of ["/mnt/silent", "/mnt"]) {
      const { holders } = await ask(world, path);
      const kinds = holders.map(({ kind }) => kind);
      assertEquals(kinds, path === "/mnt" ? ["nested"] : ["process"], JSON.stringify(holders));
    }
  },
);

Deno.test("nido who: nothing is told to free the root directory", requires(WORLD), async () => {
  await using world = await mountWorld("cd /");
  const { holders, then } = await ask(world, "/");
  assert(holders.some(({ path }) => path === "/mnt"), JSON.stringify(holders));
  assertEquals([holders.filter(({ free }) => free !== null), then], [[], []]);
  const { stdout } = await world.sh("nido who /");
  assertMatch(stdout, /^\/: .*\n? *.*with the root directory,\s+which nothing frees$/m);
});

Deno.test("nido who has the processes that have a device open", requires(WORLD), async () => {
  await using world = await mountWorld("exec 7<>/dev/full");
  const { kind, holders } = await ask(world, "/dev/full");
  assertEquals(kind, "character device");
  assertEquals(holders.map(({ pid, free, note }) => [pid, free, note]), [
    [1, null, "PID 1 of this PID namespace: nothing in it can end it"],
  ]);
});

Deno.test(
  "no path commands the terminal, and a shell reads it as it is",
  requires({ ...WORLD, programs: [...WORLD.programs, "pkill"] }),
  async () => {
    const path = "/mnt/e\\033]0;owned\\007\\n x'y";
    await using world = await mountWorld(
      `p=$(printf "${path}z"); p=\${p%z}; mkdir "$p"; mount -t tmpfs x "$p"; ${SLEEP} 3>"$p/f" &`,
    );
    const text = await world.sh(`p=$(printf "${path}z"); LC_ALL=C nido who -a "\${p%z}"`);
    assertEquals(text.code, 0, text.stderr);
    assert(!UNSAFE.test(text.stdout), text.stdout);
    const { then } = await ask(world, `"$(printf "${path}z" | sed 's/z$//')"`);
    const { code, stdout, stderr } = await world.sh("command -v bash");
    if (code !== 0) return console.log("the command is not tried: there is no bash");
    await succeeds(
      world,
      `p=$(pgrep -x sleep); kill $p; ${untilEnded("$p")}`,
    );
    const quoted = then[0]!.free.replaceAll("'", `'\\''`);
    await succeeds(world, `${stdout.trim()} -c '${quoted}'`);
    assertEquals(stderr, "");
  },
);

Deno.test("nido who fits in 80 columns but for commands", requires(WORLD), async () => {
  const long = "l".repeat(30);
  await using world = await mountWorld(`mkdir /mnt/${long}; ${SLEEP} 3>/mnt/${long}/a 4>/mnt/b &`);
  const { stdout } = await world.sh("nido who /mnt");
  for (const line of stdout.split("\n")) assert(line.length <= 80, line);
  assertStringIncludes(
    (await world.sh("nido who -a /mnt")).stdout,
    `\n      fd 3 /mnt/${long}/a\n`,
  );
});

Deno.test(
  "nido who says what an ordinary user could not look into",
  requires({ root: true }),
  async () => {
    const { stdout, stderr, code } = await nido(["who", "/proc"], { under: AS_USER });
    assertEquals(code, 0);
    assertStringIncludes(stdout, "/proc: proc of proc, mounted here\n");
    assertMatch(stderr, /processes of other users could not be looked into/);
  },
);

Deno.test("nido who says so where there is no such path", async () => {
  const { stderr, code } = await nido(["who", "/no/such/path"]);
  assertEquals(code, 1);
  assertMatch(stderr, /^nido who: cannot open '\/no\/such\/path': No such file or directory; /);
});

/** A cgroup that the tests may make; undefined where they may not. */
function makeCgroup(): string | undefined {
  const mounts = parseMountinfo(Deno.readTextFileSync("/proc/self/mountinfo"));
  for (const { mountPoint } of mounts.filter(({ fsType }) => fsType.startsWith("cgroup"))) {
    const path = `${mountPoint}/nido-test-${Deno.pid}`;
    try {
      Deno.mkdirSync(path);
      return path;
    } catch { /* another may be writable */ }
  }
  return undefined;
}

Deno.test(
  "nido who: what it says frees the directory of a cgroup for rmdir",
  requires({
    root: true,
  }),
  async () => {
    const path = makeCgroup();
    if (path === undefined) return console.log("no cgroup is tried: none can be made here");
    try {
      Deno.mkdirSync(`${path}/below`);
      const script = `echo $$ >${path}/cgroup.procs && echo ready; read x`;
      await using member = await start(["sh", "-c", script]);
      const rmdir = () => run(["rmdir", path], { env: { LC_ALL: "C" } });
      assertMatch((await rmdir()).stderr, /Device or resource busy/);
      const { paths: [answer] } = JSON.parse((await nido(["who", "--json", path])).stdout);
      const said = answer.holders.map(({ kind, free }: Holder) => [kind, free]);
      assertEquals(said, [["process", `kill ${member.pid}`], ["cgroup", `rmdir ${path}/below`]]);
      assertEquals(answer.holders[0].note, "or move it to another cgroup");
      assertEquals(answer.then, [{ free: `rmdir ${path}`, note: null }]);
      for (
        const free of [
          `kill ${member.pid}`,
          `rmdir ${path}/below`,
        ]
      ) {
        assertEquals((await run(["sh", "-c", free])).code, 0, free);
      }
      // Who has ended is in it for a moment more.
      await until("it is free", async () => (await rmdir()).code === 0);
    } finally {
      for (const folder of [`${path}/below`, path]) if (exists(folder)) Deno.removeSync(folder);
    }
  },
);
