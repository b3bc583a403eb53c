import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  CLONE_NEWPID,
  CLONE_NEWUSER,
  gethostname,
  MNT_DETACH,
  mount,
  MS_NODEV,
  MS_NOSUID,
  namespaceOf,
  pivotRoot,
  setdomainname,
  sethostname,
  setns,
  SyscallError,
  umount,
  unshare,
} from "../../mod.ts";
import { requires } from "../requires.ts";
import { shown } from "../support/script.ts";

const root = requires({ root: true });

Deno.test(
  "a SyscallError tells call, errno and arguments by their names",
  requires({ userNamespaces: true }),
  () => {
    const error = assertThrows(
      () => mount("proc", "/does/not/exist", "proc", MS_NOSUID | MS_NODEV, "hidepid=1"),
      SyscallError,
    );
    assertEquals(error.syscall, "mount");
    assertEquals(error.errno, 2);
    assertEquals(error.code, "ENOENT");
    assertEquals(
      error.args,
      '"proc", "/does/not/exist", "proc", MS_NOSUID|MS_NODEV, "hidepid=1"',
    );
    const flags = assertThrows(() => unshare(CLONE_NEWUSER | CLONE_NEWPID), SyscallError);
    assertEquals([flags.code, flags.args], ["EINVAL", "CLONE_NEWUSER|CLONE_NEWPID"]);
    assertEquals(
      flags.message,
      "Cannot unshare(CLONE_NEWUSER|CLONE_NEWPID): Invalid argument (EINVAL)",
    );
    assertEquals(assertThrows(() => unshare(1), SyscallError).args, "0x1");
    assertEquals(
      assertThrows(() => umount("/does/not/exist", MNT_DETACH), SyscallError).args,
      '"/does/not/exist", MNT_DETACH',
    );
  },
);

Deno.test("a NUL in a string is refused before the call", () => {
  const nul = "a\0b";
  const calls = [
    () => mount(nul, "/", null),
    () => mount(null, nul, null),
    () => mount(null, "/", nul),
    () => mount(null, "/", null, 0, nul),
    () => umount(nul),
    () => pivotRoot(nul, "/"),
    () => pivotRoot("/", nul),
    () => setns(nul),
    () => sethostname(nul),
    () => setdomainname(Uint8Array.of(0)),
  ];
  for (const call of calls) assertThrows(call, TypeError, "NUL");
});

Deno.test("something that is no path is refused with a TypeError", () => {
  assertThrows(() => umount(3 as unknown as string), TypeError, "the target");
  assertThrows(() => mount(null, undefined as unknown as string, null), TypeError, "the target");
});

Deno.test("namespaceOf() agrees with the links in /proc", () => {
  for (const type of ["mnt", "net", "user", "uts", "pid"] as const) {
    const { inode, type: found } = namespaceOf("self", type);
    assertEquals(`${found}:[${inode}]`, Deno.readLinkSync(`/proc/self/ns/${type}`));
    assertEquals(namespaceOf(Deno.pid, type), namespaceOf("thread-self", type));
  }
  assertEquals(namespaceOf("self", "pid_for_children"), namespaceOf("self", "pid"));
});

Deno.test("namespaceOf() of a process that is not there is an ENOENT", () => {
  assertEquals(assertThrows(() => namespaceOf(4194305, "pid"), SyscallError).code, "ENOENT");
});

Deno.test("gethostname() agrees with Deno.hostname()", () => {
  assertEquals(gethostname(), Deno.hostname());
});

Deno.test(
  "unshare() of a user namespace fails with EINVAL, as Deno has several threads",
  requires({ userNamespaces: true }),
  () => {
    assertEquals(assertThrows(() => unshare(CLONE_NEWUSER), SyscallError).code, "EINVAL");
  },
);

Deno.test("names are set with EPERM for an ordinary user", requires({ root: false }), () => {
  assertEquals(assertThrows(() => sethostname("nest"), SyscallError).code, "EPERM");
  assertEquals(assertThrows(() => setdomainname("nest"), SyscallError).code, "EPERM");
});

Deno.test(
  "sethostname() after unshare(CLONE_NEWUTS) changes the thread's name alone",
  root,
  async () => {
    const before = gethostname();
    const values = await shown(`
    nido.unshare(nido.CLONE_NEWUTS);
    nido.sethostname("nest");
    nido.setdomainname("birds");
    show([nido.gethostname(), nido.getdomainname()]);
    nido.sethostname(Uint8Array.of(0x61, 0xff));
    const odd = nido.gethostname();
    nido.sethostname(odd);
    show([odd, nido.gethostname() === odd]);
    nido.sethostname("");
    show(nido.gethostname());
    show(await attempt(() => nido.sethostname("x".repeat(65))));
    nido.setns("/proc/${Deno.pid}/ns/uts", nido.CLONE_NEWUTS);
    show(nido.gethostname());
  `);
    assertEquals(values, [["nest", "birds"], ["a\udcff", true], "", "EINVAL", before]);
    assertEquals(gethostname(), before);
  },
);

Deno.test("setns() takes a pidfd and the types to join", root, async () => {
  const values = await shown(`
    const spec = { name: "t", program: "sleep", argv: ["sleep", "60"], namespaces: ["uts", "net"] };
    await using child = nido.clone(nido.compile(spec));
    const net = nido.namespaceOf("self", "net").inode;
    nido.setns(child.pidfd, nido.CLONE_NEWUTS);
    show(nido.namespaceOf("self", "uts").inode === nido.namespaceOf(child.pid, "uts").inode);
    show(nido.namespaceOf("self", "net").inode === net);
    show(await attempt(() => nido.setns("/proc/" + child.pid + "/ns/net", nido.CLONE_NEWUTS)));
    show(await attempt(() => nido.setns(12345, nido.CLONE_NEWUTS)));
  `);
  assertEquals(values, [true, true, "EINVAL", "EBADF"]);
});

Deno.test(
  "setns() into a user, time or mount namespace fails as its documentation says",
  requires({ root: true, userNamespaces: true, namespaces: ["time"] }),
  async () => {
    const values = await shown(`
      const spec = { name: "t", program: "sleep", argv: ["sleep", "60"], namespaces: ["user", "mnt", "time"] };
      await using child = nido.clone(nido.compile(spec));
      const join = (type) => attempt(() => nido.setns("/proc/" + child.pid + "/ns/" + type));
      show([await join("user"), await join("time"), await join("mnt")]);
      nido.unshare(nido.CLONE_FS);
      show(await join("mnt"));
    `);
    assertEquals(values, [["EINVAL", "EUSERS", "EINVAL"], "ok"]);
  },
);

Deno.test(
  "after unshare(CLONE_NEWNS) synchronous functions see its mounts, older threads do not",
  root,
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const values = await shown(
        `
      const path = ${JSON.stringify(folder)};
      await Deno.stat(path); // A thread for such work starts while it is in the old namespace.
      nido.unshare(nido.CLONE_NEWNS);
      nido.mount(null, "/", null, nido.MS_REC | nido.MS_PRIVATE);
      nido.mount("nest", new TextEncoder().encode(path), "tmpfs", nido.MS_NODEV, "size=1m");
      Deno.writeTextFileSync(path + "/file", "inside");
      show(Deno.readTextFileSync(path + "/file"));
      show(await attempt(() => Deno.stat(path + "/file")));
      Deno.chdir(path);
      show([Deno.realPathSync(".") === path, await Deno.realPath(".") === path]);
      show(await attempt(() => nido.umount(path)));
      Deno.chdir("/");
      nido.umount(path, nido.UMOUNT_NOFOLLOW);
      show([...Deno.readDirSync(path)].length);
      show(await attempt(() => nido.umount(path)));
    `,
        // With all permissions Deno hands relative paths to its threads as they are.
        { permissions: ["--allow-all"] },
      );
      assertEquals(values, ["inside", "ENOENT", [true, false], "EBUSY", 0, "EINVAL"]);
      assertEquals([...Deno.readDirSync(folder)], []);
    } finally {
      await Deno.remove(folder);
    }
  },
);

Deno.test("pivotRoot() makes a mount the root of the thread's mount namespace", root, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const values = await shown(
      `
      const path = ${JSON.stringify(folder)};
      nido.unshare(nido.CLONE_NEWNS);
      nido.mount(null, "/", null, nido.MS_REC | nido.MS_PRIVATE);
      show(await attempt(() => nido.pivotRoot("/", "/")));
      nido.mount("nest", path, "tmpfs");
      Deno.mkdirSync(path + "/old");
      nido.pivotRoot(path, path + "/old");
      show([...Deno.readDirSync("/")].map((entry) => entry.name));
      nido.umount("/old", nido.MNT_DETACH);
      show([...Deno.readDirSync("/old")].length);
    `,
      { permissions: ["--allow-ffi", "--allow-read", "--allow-write"] },
    );
    assertEquals(values, ["EBUSY", ["old"], 0]);
  } finally {
    await Deno.remove(folder);
  }
});

Deno.test(
  "after unshare(CLONE_NEWPID) no thread starts until setns() goes back",
  root,
  async () => {
    const [before, refused, after, first] = await shown(`
    const script = "data:text/javascript,postMessage('ok')";
    const start = () => new Worker(script, { type: "module" });
    const now = (f) => { try { return f(); } catch (error) { return error; } };
    const spec = { name: "t", program: "sh", argv: ["sh", "-c", "exit $$"], namespaces: [] };
    const plan = nido.compile(spec);
    nido.unshare(nido.CLONE_NEWPID);
    // Until setns() without an await: in one Deno may start a thread for itself, and panics if it cannot.
    const children = now(() => nido.namespaceOf("self", "pid_for_children"));
    const worker = now(start);
    const child = nido.clone(plan);
    nido.setns("/proc/self/ns/pid");
    show(children.code);
    show(worker instanceof Error);
    const later = start();
    show(await new Promise((resolve) => later.onmessage = ({ data }) => resolve(data)));
    later.terminate();
    show((await child.status).code);
  `);
    assertEquals([before, refused, after, first], ["ENOENT", true, "ok", 1]);
  },
);

Deno.test(
  "after unshare(CLONE_NEWTIME) children are in the new time namespace, and threads start",
  requires({ root: true, namespaces: ["time"] }),
  async () => {
    const values = await shown(`
      nido.unshare(nido.CLONE_NEWTIME);
      const own = nido.namespaceOf("self", "time").inode;
      const children = nido.namespaceOf("self", "time_for_children").inode;
      show(own !== children);
      const spec = { name: "t", program: "sleep", argv: ["sleep", "60"], namespaces: [] };
      await using child = nido.clone(nido.compile(spec));
      show(nido.namespaceOf(child.pid, "time").inode === children);
      const worker = new Worker("data:text/javascript,postMessage('ok')", { type: "module" });
      show(await new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data)));
      worker.terminate();
    `);
    assertEquals(values, [true, true, "ok"]);
  },
);

Deno.test("each primitive is named as its page in section 2 of the manual", async () => {
  const folder = new URL("../../ffi/primitives/", import.meta.url);
  const sources = ["namespaces", "mounts", "hostname"].map((name) =>
    Deno.readTextFileSync(new URL(`${name}.ts`, folder))
  ).join("");
  const names = Object.entries(await import("../../ffi/primitives/mod.ts"))
    .flatMap(([name, value]) => typeof value === "function" ? [name] : [])
    .filter((name) => name !== "SyscallError" && name !== "namespaceOf");
  assert(names.length > 7);
  for (const name of names) {
    const [docs = ""] = sources.split(`export function ${name}(`, 1);
    const page = docs.match(/@see (\w+)\(2\)(?![^]*@see)/)?.[1];
    assertEquals(page?.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), name);
  }
});
