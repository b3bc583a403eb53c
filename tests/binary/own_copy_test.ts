/** What joins goes on as a copy of its launcher, or one message says why it cannot. */
import { assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { F_ADD_SEALS } from "../../ffi/abi/fcntl.ts";
import { withFilter } from "../support/filter.ts";
import { withFolder } from "../support/folder.ts";
import { AS_USER, NIDO, quote, run, shell, USER_ID } from "../support/nido.ts";
import { startTarget } from "../support/target.ts";

const JOINS = { root: true, front: true, programs: ["unshare"] } as const;

for (const size of [1, 60, 200, 1000]) {
  Deno.test(
    `what joins is not bound by how large files may be softly, but its program is: ${size} KiB`,
    requires(JOINS),
    async () => {
      await using target = await startTarget("-m");
      const { code, stdout, stderr } = await shell(
        `ulimit -Sf ${size}; exec "$@" nsenter -t ${target.pid} -m bash -c 'ulimit -Sf; ulimit -Hf'`,
        NIDO,
        { with: "bash" },
      );
      assertEquals([code, stdout, stderr], [0, `${size}\nunlimited\n`, ""]);
    },
  );
}

Deno.test(
  "a hard limit of how large files may be that is too low is said, for any user",
  requires({ front: true, userNamespaces: true, programs: ["unshare"] }),
  async () => {
    await using target = await startTarget("-U", { as: "user" });
    const join = (size: number) =>
      shell(
        `ulimit -f ${size}; exec "$@" nsenter -t ${target.pid} -U --preserve-credentials true`,
        [...AS_USER, ...NIDO],
        { with: "bash" },
      );
    // In KiB: what maps the launcher's part of the binary has some 3.1.
    for (const size of [0, 1, 2]) {
      const { code, stderr } = await join(size);
      assertEquals([code, stderr], [
        1,
        `nsenter: cannot make a copy in memory: File too large
  why:  it runs from a copy of its launcher, and no file may become as large here
  try:  start it where the hard limit is higher: ulimit -f unlimited
`,
      ]);
    }
    assertEquals((await join(4)).code, 0);
  },
);

Deno.test(
  "root's hard limit of how large files may be is lifted for the copy alone, if root may lift it",
  requires(JOINS),
  async () => {
    await using target = await startTarget("-m");
    const mayLift = (await shell("ulimit -f 1; ulimit -Hf 1000", [], { with: "bash" })).code === 0;
    const { code, stdout, stderr } = await shell(
      `ulimit -f 1; exec "$@" nsenter -t ${target.pid} -m bash -c 'ulimit -Sf; ulimit -Hf'`,
      NIDO,
      { with: "bash" },
    );
    assertEquals([code, stdout], mayLift ? [0, "1\n1\n"] : [1, ""]);
    assertEquals(stderr.includes("make a copy in memory: File too large"), !mayLift);
  },
);

Deno.test("too few descriptors for a copy have a remedy", requires(JOINS), async () => {
  await using target = await startTarget("-m");
  const join = (files: number) =>
    shell(
      `exec 3>&- 4>&- 5>&- 6>&-; ulimit -n ${files}; exec "$@" nsenter -t ${target.pid} -m /bin/true`,
      NIDO,
      { with: "bash" },
    );
  const { code, stderr } = await join(3);
  assertEquals([code, stderr], [
    1,
    `nsenter: cannot open /proc/self/exe: Too many open files
  step: openat(AT_FDCWD, "/proc/self/exe", O_RDONLY|O_CLOEXEC) = EMFILE
  why:  it runs from a copy of its launcher, for which this process may open too few files
  try:  allow it more: ulimit -n 32
`,
  ]);
  assertEquals((await join(32)).code, 0);
});

Deno.test(
  "who may not read the launcher is told so, and joins when that is mended",
  requires(JOINS),
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "nido-own-copy-" });
    try {
      await Deno.chmod(folder, 0o755);
      const file = `${folder}/ni do`;
      await Deno.copyFile(NIDO[0]!, file);
      await Deno.chmod(file, 0o711);
      await using target = await startTarget("-U", { as: "user" });
      const words = ["nsenter", "-t", `${target.pid}`, "-U", "--preserve-credentials", "true"];
      const join = () => shell(quote([...AS_USER, file, ...words]));
      const { code, stderr } = await join();
      assertEquals([code, stderr], [
        1,
        `nsenter: cannot open /proc/self/exe: Permission denied
  step: openat(AT_FDCWD, "/proc/self/exe", O_RDONLY|O_CLOEXEC) = EACCES
  why:  it runs from a copy of its launcher, which this user may not read, only execute
  try:  chmod a+r '${file}', as its owner
`,
      ]);
      const mend = stderr.match(/try: {2}(.*), as its owner/)![1]!;
      assertEquals((await shell(mend)).code, 0);
      assertEquals((await join()).code, 0);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test(
  "who may not read the launcher, whose /proc then is root's, is told so, and maps ids when that is mended",
  requires({ root: true, front: true, userNamespaces: true }),
  () =>
    withFolder(async (folder) => {
      const file = `${folder}/nido`;
      await Deno.copyFile(NIDO[0]!, file);
      await Deno.chmod(file, 0o711);
      // By a shell, as setpriv(1) itself still may read it.
      const map = () => shell(`"$@"; exit $?`, [file, "unshare", "-Ur", "true"], { as: "user" });
      const { code, stderr } = await map();
      assertEquals([code, stderr], [
        1,
        `unshare: cannot open /proc/self/uid_map: Permission denied
  step: openat(AT_FDCWD, "/proc/self/uid_map", O_WRONLY|O_CLOEXEC) = EACCES
  why:  this user may not read the launcher's file, only execute it: its files in /proc are root's then
  try:  chmod a+r that file, as its owner
`,
      ]);
      await Deno.chmod(file, 0o755);
      assertEquals((await map()).code, 0);
    }),
);

Deno.test(
  "a copy has no program behind it, and so unmaps none while it waits",
  requires({ ...JOINS, programs: ["unshare", "strace"] }),
  async () => {
    await using target = await startTarget("-m");
    const unmaps = async (words: string): Promise<string[]> => {
      const { code, stderr } = await shell(`strace -f -e trace=munmap "$@" ${words} true`, NIDO);
      assertEquals(code, 0, stderr);
      // A program unmaps less. strace(1) may break the line behind the arguments.
      return stderr.match(/^.*munmap\(0x\w+, \d{8,}\b/gm) ?? [];
    };
    assertEquals((await unmaps("unshare --fork")).length, 1);
    assertEquals(await unmaps(`nsenter -t ${target.pid} -a`), []);
  },
);

Deno.test(
  "explain tells whether a sandbox is a copy, which unmaps nothing",
  requires({ root: true, front: true, userNamespaces: true, programs: ["strace"] }),
  async () => {
    const words = "bwrap --unshare-all --ro-bind / / true";
    // Root's program may write to the binary, and another user's may not.
    const others = Deno.statSync(NIDO[0]!).uid === USER_ID ? 0 : 2;
    for (const [who, count] of [[[], 0], [AS_USER, others]] as const) {
      const launch = [...who, ...NIDO];
      const seen = await shell(`strace -f -e trace=munmap "$@" ${words}`, launch);
      assertEquals(seen.code, 0, seen.stderr);
      assertEquals(seen.stderr.match(/munmap\(0x\w+, \d{8,}\b/g)?.length ?? 0, count);
      const { stdout } = await shell(`"$@" explain ${words}`, launch);
      assertEquals(stdout.match(/munmap\(<what is behind>/g)?.length ?? 0, count);
    }
  },
);

Deno.test(
  "what joins nothing by which it is seen runs from the binary, and one descriptor is enough for the rest",
  requires({ ...JOINS, programs: ["unshare", "strace"] }),
  async () => {
    await using target = await startTarget("-muinpf");
    const joined = async (namespaces: string, files: number): Promise<string[]> => {
      const limited = `exec 3>&- 4>&- 5>&- 6>&-; ulimit -n ${files}; exec "$@"`;
      const { code, stderr } = await shell(
        `strace -e trace=memfd_create,execve,execveat bash -c '${limited}' bash ` +
          `"$@" nsenter -t ${target.pid} ${namespaces} true`,
        NIDO,
      );
      assertEquals(code, 0, stderr);
      const [_bash, ...calls] = stderr.match(/^\w+(?=\(.* = \d)/gm) ?? [];
      return calls;
    };
    const goesOn = ["execve", "memfd_create", "execveat", "execve"];
    assertEquals(await joined("-n -u -i", 32), ["execve", "execve"]);
    assertEquals(await joined("-m", 32), goesOn);
    assertEquals(await joined("-m", 4), goesOn);
  },
);

Deno.test(
  "a sandbox that becomes its copy looks at the machine once, and asks for one capability that is not there",
  requires({ root: true, front: true, userNamespaces: true, programs: ["strace"] }),
  async () => {
    const { code, stderr } = await shell(
      `strace -f -e trace=execveat,openat,prctl "$@" bwrap --unshare-all --ro-bind / / true`,
      NIDO,
    );
    assertEquals(code, 0, stderr);
    const found = stderr.match(/execveat(?=\()|max_user_namespaces|CAPBSET_DROP(?=.* EINVAL)/g);
    assertEquals(found, ["execveat", "max_user_namespaces", "CAPBSET_DROP"]);
  },
);

Deno.test(
  "a stripped binary launches what joins nothing, and says why it does not join",
  requires({ ...JOINS, programs: ["unshare", "strip"] }),
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "nido-own-copy-" });
    try {
      await using target = await startTarget("-m");
      const stripped = `${folder}/nido`;
      assertEquals((await shell(`strip -o ${stripped} "$@"`, NIDO)).code, 0);
      assertEquals((await shell(`${stripped} unshare -m true`)).code, 0);
      const { code, stderr } = await shell(`${stripped} nsenter -t ${target.pid} -m true`);
      const moved = "the launcher is not at its place in its file: " +
        "strip(1) moves it, or the file is being replaced";
      assertEquals([code, stderr], [1, `nido: cannot join: ${moved}\n`]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test(
  "a binary that cannot be mapped to join says why",
  requires({ ...JOINS, programs: ["unshare", "strace"] }),
  async () => {
    await using target = await startTarget("-m");
    for (
      const [error, said] of [
        ["ENOMEM", "Cannot allocate memory (ENOMEM)"],
        ["EPERM", "Operation not permitted (EPERM)"],
        ["EACCES", "Permission denied (EACCES)"],
        ["EAGAIN", "Resource temporarily unavailable (EAGAIN)"],
        ["ENODEV", "No such device (ENODEV)"],
        ["ENOSYS", "Function not implemented (ENOSYS)"],
        // No kernel has it: a filter may say any number, in glibc's words.
        ["3000", "Unknown error 3000"],
      ]
    ) {
      const fails = `strace -f -o /dev/null -e inject=mmap:error=${error}`;
      const { code, stderr } = await shell(`${fails} "$@" nsenter -t ${target.pid} -m true`, NIDO);
      const line = `nido: cannot join: cannot map the launcher from its file: ${said}\n`;
      assertEquals([code, stderr], [1, line]);
    }
  },
);

for (
  const [by, said] of [["errno", "Operation not permitted"], [
    "absent",
    "Function not implemented",
  ]] as const
) {
  Deno.test(
    `what cannot be sealed is not gone on from, and says why: ${said}`,
    requires(JOINS),
    async () => {
      await using target = await startTarget("-m");
      const join = [...NIDO, "nsenter", "-t", `${target.pid}`, "-m", "true"];
      const refused = { syscall: "fcntl", second: F_ADD_SEALS, by } as const;
      const { code, stderr } = await withFilter(refused, join, (path) => run([path]));
      assertEquals([code, stderr.split("\n").slice(0, 2)], [1, [
        `nsenter: cannot make a copy in memory: ${said}`,
        "  step: fcntl(<copy>, F_ADD_SEALS, F_SEAL_SEAL|F_SEAL_SHRINK|F_SEAL_GROW|F_SEAL_WRITE) = " +
        (by === "errno" ? "EPERM" : "ENOSYS"),
      ]]);
    },
  );
}

Deno.test(
  "a sandbox ends well though its program has emptied the binary meanwhile",
  requires({ front: true, userNamespaces: true }),
  () =>
    withFolder(async (folder) => {
      const path = `${folder}/nido`;
      Deno.copyFileSync(NIDO[0]!, path);
      const isRoot = Deno.uid() === 0;
      if (isRoot) Deno.chownSync(path, USER_ID, USER_ID);
      const line = [
        "bwrap",
        "--unshare-user",
        "--bind",
        "/",
        "/",
        "sh",
        "-c",
        ': >"$1"; exit 7',
        "sh",
      ];
      const { code, stderr } = await run([...AS_USER, path, ...line, path]);
      assertEquals([code, stderr], [7, ""]);
    }),
);

for (
  const [what, change] of [
    ["is emptied", ': >"$1"'],
    ["has other bytes", 'dd if=/dev/zero of="$1" bs=1M seek=80 conv=notrunc count=4 status=none'],
  ] as const
) {
  Deno.test(
    `what joins waits on, and ends well, though its binary ${what} meanwhile`,
    requires({ ...JOINS, programs: ["unshare", "dd"] }),
    () =>
      withFolder(async (folder) => {
        await using target = await startTarget("-m");
        const path = `${folder}/nido`;
        Deno.copyFileSync(NIDO[0]!, path);
        // It waits by then.
        const line = [
          "-t",
          `${target.pid}`,
          "-m",
          "-p",
          "sh",
          "-c",
          `sleep 0.3; ${change}; exit 7`,
        ];
        const started = ["timeout", "-s", "KILL", "20", path, "nsenter", ...line, "sh", path];
        const { code, stderr } = await run(started);
        assertEquals([code, stderr], [7, ""]);
      }),
  );
}
