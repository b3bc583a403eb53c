// What each operation does to the root of a program, seen from inside, as root and as an ordinary user.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { RootOperation } from "../../../launch/root/spec.ts";
import { requires } from "../../requires.ts";
import { run } from "../../support/nido.ts";
import { EVERYBODY, fill, inRoot, seenIn, type Started, type Who } from "./making.ts";
import { withFolder } from "../../support/folder.ts";

const NEEDS = requires({ userNamespaces: true });

/** The usual proc, for scripts that look at mounts. */
const PROC: RootOperation = { kind: "proc", destination: "/proc" };

/** The options and the root of a mount, as mountinfo has them. */
const mountOf = (path: string): string =>
  `grep " ${path} " /proc/self/mountinfo | cut -d " " -f 4-6`;

function forEverybody(
  name: string,
  check: (who: Who, folder: string) => Promise<void>,
  needs = NEEDS,
): void {
  for (const who of EVERYBODY) {
    Deno.test(`as ${who}: ${name}`, needs, () => withFolder((folder) => check(who, folder)));
  }
}

forEverybody("a root without operations is empty, and is all that there is", async (who) => {
  const seen = await seenIn([], "pwd; cd /..; pwd; echo *; umask", { who });
  const [wd, up, names, umask] = seen.split("\n");
  assertEquals([wd, up, umask], ["/", "/", "0022"]);
  assert(names!.split(" ").every((name) => /^(usr|s?bin|lib(32|64)?)$/.test(name)), names);
});

/** Lists descriptors of a shell, which then ends. */
const DESCRIPTORS = 'for fd in /proc/$$/fd/*; do printf "${fd##*/} "; done; echo; exit';

/** Those that a shell has without a launch. */
const descriptors = async (): Promise<string> => (await run(["sh", "-c", DESCRIPTORS])).stdout;

forEverybody("nothing of the old root is mounted or open", async (who) => {
  const seen = await seenIn([PROC], `cut -d' ' -f5 /proc/self/mountinfo; ${DESCRIPTORS}`, { who });
  const lines = seen.trim().split("\n");
  assertEquals(lines.pop(), (await descriptors()).trim());
  assertEquals(lines[0], "/");
  assert(lines.every((path) => /^\/($|usr|s?bin|lib|proc)/.test(path)), lines.join());
});

forEverybody("bind shows a directory, and what is written goes there", async (who, folder) => {
  fill(folder, { "a/b": "in a\n" });
  Deno.chmodSync(`${folder}/a`, 0o777);
  const operations: RootOperation[] = [
    { kind: "bind", source: `${folder}/a`, destination: "/deep/er/a" },
    { kind: "bind", source: `${folder}/a/b`, destination: "file" },
    PROC,
  ];
  const script = `cat /deep/er/a/b /file; echo new > /deep/er/a/c; stat -c %a /deep /deep/er
    ${mountOf("/deep/er/a")}`;
  const seen = (await seenIn(operations, script, { who })).split("\n");
  assertEquals(seen.slice(0, 4), ["in a", "in a", "700", "700"]);
  assertStringIncludes(seen[4]!, "rw,nosuid,nodev");
  assertEquals(Deno.readTextFileSync(`${folder}/a/c`), "new\n");
});

forEverybody("ro-bind cannot be written to, nor can what is mounted below", async (who, folder) => {
  fill(folder, { "a/sub/": "", "a/b": "b" });
  Deno.chmodSync(`${folder}/a`, 0o777);
  const through = [
    ...["unshare", who === "user" ? "-rm" : "-m", "sh", "-c"],
    `mount -t tmpfs sub ${folder}/a/sub && echo s > ${folder}/a/sub/s && exec "$0" "$@"`,
  ];
  const source = `${folder}/a`;
  const ro: RootOperation[] = [{ kind: "ro-bind", source, destination: "/a" }, PROC];
  const script = `cat /a/sub/s; for f in /a/x /a/sub/x; do ( : > $f ) 2>&1 | grep -o Read-only; done
    ${mountOf("/a/sub")}`;
  const seen = await seenIn(ro, script, { who, through });
  assertStringIncludes(seen, "s\nRead-only\nRead-only\n");
  assertStringIncludes(seen, " ro,nosuid,nodev");
  const remounted: RootOperation[] = [
    { kind: "bind", source, destination: "/a" },
    { kind: "remount-ro", destination: "/a" },
  ];
  const alone = `( : > /a/x ) 2>&1 | grep -o Read-only; : > /a/sub/x && echo written`;
  assertEquals(await seenIn(remounted, alone, { who, through }), "Read-only\nwritten\n");
});

forEverybody("devices are opened by dev-bind alone, and not behind remount-ro", async (who) => {
  const operations: RootOperation[] = [
    { kind: "bind", source: "/dev/null", destination: "/null" },
    { kind: "dev-bind", source: "/dev/null", destination: "/device" },
    { kind: "dev-bind", source: "/dev/null", destination: "/remounted" },
    { kind: "remount-ro", destination: "/remounted" },
  ];
  const script = `echo > /device && echo opened
    for file in /null /remounted; do ( echo > $file ) 2>&1 | grep -o 'Permission denied'; done`;
  const refused = "Permission denied\n";
  assertEquals(await seenIn(operations, script, { who }), `opened\n${refused}${refused}`);
});

forEverybody("a source that is missing is left out with try, its destination too", async (who) => {
  const operations: RootOperation[] = (["bind", "ro-bind", "dev-bind"] as const).map((kind) => ({
    kind,
    source: "/no/such/file",
    destination: "/left/out",
    try: true,
  }));
  assertEquals(await seenIn(operations, "test -e /left || echo absent", { who }), "absent\n");
});

forEverybody("a relative source is one of the working directory", async (who, folder) => {
  fill(folder, { "a/b": "in b\n", "a/x/": "" });
  // What is above the root is the root again.
  const up = "../".repeat(40) + `${folder}/a/b`;
  const operations: RootOperation[] = [
    { kind: "tmpfs", destination: "/t" },
    { kind: "bind", source: "../b", destination: "/t/b" },
    { kind: "bind", source: up.replace("//", "/"), destination: "/t/c" },
  ];
  const seen = await seenIn(operations, "cat /t/b /t/c", { who, cwd: `${folder}/a/x` });
  assertEquals(seen, "in b\nin b\n");
});

forEverybody("a descriptor is bound, and closed", async (who, folder) => {
  fill(folder, { "a/b": "in b\n" });
  const operations: RootOperation[] = [
    { kind: "bind", source: { fd: 7 }, destination: "/a" },
    { kind: "ro-bind", source: { fd: 8 }, destination: "/b" },
    PROC,
  ];
  const through = ["sh", "-c", `exec "$0" "$@" 7<${folder}/a 8<${folder}/a/b`];
  const seen = await seenIn(operations, `cat /a/b /b; ${DESCRIPTORS}`, { who, through });
  assertEquals(seen, `in b\nin b\n${await descriptors()}`);
});

forEverybody(
  "a descriptor whose path leads to another file by now is refused",
  async (who, folder) => {
    fill(folder, { a: "a", b: "b" });
    const operations: RootOperation[] = [{ kind: "bind", source: { fd: 7 }, destination: "/a" }];
    const through = [
      ...["sh", "-c"],
      `exec 7<${folder}/a; rm ${folder}/a; mv ${folder}/b "${folder}/a (deleted)"; exec "$0" "$@"`,
    ];
    const { code, stderr } = await inRoot(operations, "cat /a", { who, through });
    assertEquals(code, 1);
    assertStringIncludes(stderr, "operation");
    assertStringIncludes(stderr, "cannot find what descriptor 7 is of");
  },
);

forEverybody("a source by a link of /proc is what the caller has there", async (who, folder) => {
  fill(folder, { "f": "found\n", "a/f": "below\n" });
  const through = ["sh", "-c", `exec "$0" 7<${folder}/a 8<${folder}/f`];
  const operations: RootOperation[] = [
    { kind: "bind", source: "/proc/self/cwd", destination: "/w" },
    // What mounts goes elsewhere.
    { kind: "tmpfs", destination: "/t" },
    { kind: "bind", source: "/proc/self/cwd/a", destination: "/t/a" },
    { kind: "bind", source: "/proc/self/fd/7", destination: "/d" },
    { kind: "ro-bind", source: "/dev/fd/8", destination: "/f" },
    { kind: "ro-bind", source: "/proc/self/root/etc", destination: "/e" },
    { kind: "ro-bind", source: `/proc/self/fd/7/../f`, destination: "/g", try: true },
    { kind: "ro-bind", source: "/proc/self/fd/9", destination: "/h", try: true },
    PROC,
  ];
  const script = `cat /w/f /t/a/f /d/f /f; test -e /e/passwd || echo no; ls -d /h
    ( : >/f ) 2>&1 | grep -o Read-only; ${mountOf("/d")}`;
  const { stdout } = await inRoot(operations, script, { who, cwd: folder, through });
  const [seen, mount] = stdout.split("Read-only\n");
  assertEquals(seen, "found\nbelow\nbelow\nfound\n");
  assertStringIncludes(mount!, "nosuid,nodev");
});

// CVE-2024-21626 of runc is of that kind.
Deno.test(
  "who may not enter the working directory starts all the same, and has no way to the outside",
  requires({ root: true, userNamespaces: true }),
  () =>
    withFolder(async (folder) => {
      Deno.chmodSync(folder, 0o700);
      const launch = (source: string) =>
        inRoot([{ kind: "bind", source, destination: "/w" }], "ls -A /w; echo started", {
          who: "user",
          cwd: folder,
        });
      assertEquals((await launch("/usr")).code, 0);
      const { stdout } = await launch("/proc/self/cwd");
      const names = stdout.split("\n");
      assertEquals(names.filter((name) => /etc|proc|home/.test(name)), []);
      assert(names.includes("started"), stdout);
      const { stderr } = await launch("x");
      assertStringIncludes(stderr, "cannot open source 'x': Permission denied");
      const layers = await inRoot(
        [{ kind: "tmp-overlay", sources: ["x"], destination: "/w" }],
        "echo started",
        { who: "user", cwd: folder },
      );
      assertStringIncludes(layers.stderr, "cannot open source 'x': Permission denied");
    }),
);

forEverybody("proc is the old one without, and a new one with a new PID namespace", async (who) => {
  const script = "echo $$; readlink /proc/self/ns/pid";
  const [pid, pids] = (await seenIn([PROC], script, { who })).split("\n");
  assert(Number(pid) > 1);
  assertEquals(pids, Deno.readLinkSync("/proc/self/ns/pid"));
  const asked = { namespaces: ["pid"], fork: true } as const;
  const seen = await seenIn([PROC], "echo $$; cat /proc/1/comm; echo /proc/[0-9]*", { who, asked });
  assertEquals(seen, "1\nsh\n/proc/1\n");
});

Deno.test(
  "root's proc has what administers the machine read-only",
  requires({ root: true }),
  async () => {
    const seen = await seenIn([PROC], "cut -d' ' -f5,6 /proc/self/mountinfo | grep /proc/", {
      asked: { namespaces: ["pid"], fork: true },
    });
    assert(seen.includes("/proc/irq ro,"), seen);
    assert(seen.trim().split("\n").every((line) => line.includes(" ro,")), seen);
  },
);

forEverybody("dev has the usual devices, links and terminals", async (who) => {
  const operations: RootOperation[] = [PROC, { kind: "dev", destination: "/dev" }];
  const script =
    `cd /dev; echo *; echo x > null; head -c 3 zero | od -An -tx1; head -c 4 urandom | wc -c
    readlink stdin stdout stderr fd core ptmx; echo pts/*; ${mountOf("/dev")}`;
  const seen = (await seenIn(operations, script, { who })).split("\n");
  assertEquals(
    seen[0],
    "core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero",
  );
  assertEquals(seen[1], " 00 00 00");
  assertEquals(seen[2]!.trim(), "4");
  assertEquals(seen.slice(3, 10), [
    ...["/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "/proc/self/fd", "/proc/kcore"],
    ...["pts/ptmx", "pts/ptmx"],
  ]);
  assertStringIncludes(seen[10]!, "/ /dev rw,nosuid,nodev");
});

forEverybody(
  "dev has a console where standard output is a terminal",
  async (who) => {
    const operations: RootOperation[] = [PROC, { kind: "dev", destination: "/dev" }];
    const through = ["sh", "-c", 'exec script -qec "$0" /dev/null </dev/null'];
    const seen = await seenIn(operations, "test -c /dev/console && echo there", { who, through });
    assertEquals(seen.trim(), "there");
  },
  requires({ userNamespaces: true, programs: ["script"] }),
);

forEverybody("tmpfs has its size and mode", async (who) => {
  const operations: RootOperation[] = [
    { kind: "tmpfs", destination: "/t", size: 65536, perms: 0o1750 },
    { kind: "tmpfs", destination: "/u" },
    PROC,
  ];
  const script = `stat -c %a /t /u; head -c 70000 /dev/zero > /t/x 2>/dev/null || echo full
    ${mountOf("/t")}`;
  const zero: RootOperation = { kind: "dev-bind", source: "/dev", destination: "/dev" };
  const seen = await seenIn([...operations, zero], script, { who });
  assertStringIncludes(seen, "1750\n755\nfull\n/ /t rw,nosuid,nodev");
});

Deno.test(
  "as user: a directory that nobody else may enter is hidden by any file system",
  requires({ root: true, userNamespaces: true }),
  () =>
    withFolder(async (folder) => {
      fill(folder, { "a/secret": "", "b/secret": "", "c/secret": "", "d/secret": "" });
      for (const name of "abcd") Deno.chmodSync(`${folder}/${name}`, 0o700);
      const operations: RootOperation[] = [
        { kind: "bind", source: folder, destination: "/w" },
        { kind: "tmpfs", destination: "/w/a" },
        { kind: "dev", destination: "/w/b" },
        { kind: "mqueue", destination: "/w/c" },
        { kind: "proc", destination: "/w/d" },
      ];
      const asked = { namespaces: ["ipc", "pid"], fork: true } as const;
      const script = "ls -A /w/a /w/c; ls /w/b/null /w/d/self/comm";
      const seen = await seenIn(operations, script, { who: "user", asked });
      assertEquals(seen, "/w/a:\n\n/w/c:\n/w/b/null\n/w/d/self/comm\n");
    }),
);

forEverybody("mqueue shows the queues of a new IPC namespace", async (who) => {
  const operations: RootOperation[] = [{ kind: "mqueue", destination: "/dev/mqueue" }, PROC];
  const seen = await seenIn(operations, `echo /dev/mqueue/*; ${mountOf("/dev/mqueue")}`, {
    who,
    asked: { namespaces: ["ipc"] },
  });
  assertStringIncludes(seen, "/dev/mqueue/*\n/ /dev/mqueue rw,nosuid,nodev,noexec");
});

const OVERLAY = requires({ userNamespaces: true, filesystems: ["overlay"], kernel: "5.11" });

forEverybody(
  "overlays show the last source on top, and write where they say",
  async (who, folder) => {
    fill(folder, { "a/1": "a1\n", "a/2": "a2\n", "b/2": "b2\n", "up,per:x/": "", "work/": "" });
    for (const name of ["up,per:x", "work"]) Deno.chmodSync(`${folder}/${name}`, 0o777);
    const sources = [`${folder}/a`, `${folder}/b`];
    const operations: RootOperation[] = [
      {
        kind: "overlay",
        sources,
        upper: `${folder}/up,per:x`,
        work: `${folder}/work`,
        destination: "/rw",
      },
      { kind: "tmp-overlay", sources, destination: "/tmp" },
      { kind: "ro-overlay", sources, destination: "/ro" },
      { kind: "tmp-overlay", sources: [sources[0]!], destination: "/other" },
    ];
    const script = `for d in rw tmp ro other; do cat /$d/1 /$d/2; done
    echo new > /rw/3; echo new > /tmp/4; ( echo new > /ro/5 ) 2>&1 | grep -o Read-only; echo /tmp/* /other/*`;
    const seen = await seenIn(operations, script, { who });
    assertEquals(
      seen,
      "a1\nb2\n".repeat(3) + "a1\na2\nRead-only\n/tmp/1 /tmp/2 /tmp/4 /other/1 /other/2\n",
    );
    assertEquals(Deno.readTextFileSync(`${folder}/up,per:x/3`), "new\n");
    assertEquals([...Deno.readDirSync(`${folder}/b`)].length, 1);
  },
  OVERLAY,
);

forEverybody(
  "a directory of an overlay by a link of /proc is what the caller has there",
  async (who, folder) => {
    fill(folder, { "a/1": "a\n", "b/2": "b\n", "up/": "", "work/": "" });
    for (const name of ["up", "work"]) Deno.chmodSync(`${folder}/${name}`, 0o777);
    const through = ["sh", "-c", `exec "$0" 6<${folder}/a 7<${folder}/up 8<${folder}/work`];
    const sources = ["/proc/self/fd/6", "/proc/self/cwd/b"];
    const operations: RootOperation[] = [
      {
        kind: "overlay",
        sources,
        upper: "/proc/self/fd/7",
        work: "/dev/fd/8",
        destination: "/rw",
      },
      { kind: "tmp-overlay", sources, destination: "/tmp" },
      { kind: "ro-overlay", sources: [...sources, "/proc/self/fd/6/../up"], destination: "/ro" },
    ];
    const script = "echo new > /rw/3; for d in rw tmp ro; do echo $(cat /$d/*); done";
    const seen = await seenIn(operations, script, { who, cwd: folder, through });
    assertEquals(seen, "a b new\na b\na b new\n");
    assertEquals(Deno.readTextFileSync(`${folder}/up/3`), "new\n");
  },
  OVERLAY,
);

forEverybody(
  "a directory has its mode, and those above it lose what it has not",
  async (who, folder) => {
    fill(folder, { "old/": "" });
    Deno.chmodSync(`${folder}/old`, 0o777);
    const operations: RootOperation[] = [
      { kind: "dir", destination: "/a/b" },
      { kind: "dir", destination: "/c/d", perms: 0o700 },
      { kind: "dir", destination: "/e/f", perms: 0o750 },
      { kind: "bind", source: folder, destination: "/g" },
      { kind: "dir", destination: "/g/old", perms: 0o700 },
    ];
    const seen = await seenIn(operations, "stat -c %a /a /a/b /c /c/d /e /e/f /g/old", { who });
    assertEquals(seen.trim().split("\n"), ["755", "755", "700", "700", "750", "750", "777"]);
  },
);

forEverybody("files have their content and mode, from bytes and from descriptors", async (who) => {
  const large = "0123456789abcdef".repeat(20000);
  const operations: RootOperation[] = [
    { kind: "file", destination: "/f/a", content: "from bytes\n" },
    { kind: "file", destination: "/f/b", content: { fd: 0 } },
    { kind: "file", destination: "/f/c", content: Uint8Array.of(), perms: 0o640 },
    { kind: "file", destination: "/f/a", content: "a\n" },
    { kind: "bind-data", destination: "/g/a", content: "hidden\n", perms: 0o600 },
    { kind: "ro-bind-data", destination: "/g/b", content: "hidden too\n", perms: 0o444 },
    PROC,
  ];
  const script = `cat /f/a; tail -c 4 /f/b; echo; stat -c '%a %s' /f/*; cat /g/*; stat -c %a /g/*
    echo new > /g/a; cat /g/a; ( echo > /g/b ) 2>&1 | grep -o Read-only; ls /..; test -e /proc/self/fd/0 || echo closed`;
  const seen = await seenIn(operations, script, { who, stdin: large });
  const lines = seen.split("\n");
  assertEquals(lines.slice(0, 2), ["a", "cdef"]);
  assertEquals(lines.slice(2, 5), ["666 2", `666 ${large.length}`, "640 0"]);
  assertEquals(lines.slice(5, 11), ["hidden", "hidden too", "600", "444", "new", "Read-only"]);
  assertEquals(lines.at(-2), "closed");
  assertEquals(lines.filter((name) => /root|data/.test(name)), []);
});

forEverybody("links lead where they say, and chmod works on what they lead to", async (who) => {
  const operations: RootOperation[] = [
    { kind: "dir", destination: "/run/a" },
    { kind: "symlink", target: "/run", destination: "/var/run" },
    { kind: "symlink", target: "/run", destination: "/var/run" },
    { kind: "symlink", target: "no/such/file", destination: "/dangling" },
    { kind: "chmod", destination: "/var/run/a", perms: 0o711 },
    { kind: "chmod", destination: "/var/run", perms: 0o751 },
    { kind: "dir", destination: "/var/run" },
    { kind: "file", destination: "/var/run/b", content: "b\n" },
    { kind: "bind", source: "/usr", destination: "/var/run/usr" },
    { kind: "chmod", destination: "/", perms: 0o700 },
  ];
  const script =
    "readlink /var/run /dangling; stat -c %a /run /run/a /; cat /run/b; ls -d /run/usr/bin";
  assertEquals(
    await seenIn(operations, script, { who }),
    "/run\nno/such/file\n751\n711\n700\nb\n/run/usr/bin\n",
  );
});

forEverybody(
  "the root itself can be mounted on, and what follows is on top",
  async (who, folder) => {
    fill(folder, { "new/": "" });
    Deno.chmodSync(folder, 0o777);
    const operations: RootOperation[] = [
      { kind: "dir", destination: "/hidden" },
      { kind: "ro-bind", source: "/", destination: "/" },
      { kind: "tmpfs", destination: folder },
      { kind: "dir", destination: `${folder}/a` },
      { kind: "tmpfs", destination: "/mnt" },
      { kind: "bind", source: folder, destination: "/mnt/b" },
    ];
    const script =
      `ls ${folder} /mnt/b; test -e /hidden || echo gone; ( : > /x ) 2>&1 | grep -o Read-only`;
    assertEquals(
      await seenIn(operations, script, { who, bare: true }),
      `/mnt/b:\nnew\n\n${folder}:\na\ngone\nRead-only\n`,
    );
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["new"]);
  },
);

forEverybody(
  "a destination may have dots and doubled slashes, and needs no slash in front",
  async (who) => {
    const operations: RootOperation[] = [
      { kind: "dir", destination: ".//a/./b//" },
      { kind: "dir", destination: "c/../d/../../e" },
    ];
    assertEquals(await seenIn(operations, "ls -d /a/b /c /d /e", { who }), "/a/b\n/c\n/d\n/e\n");
  },
);

forEverybody("locked flags of what is bound stay", async (who, folder) => {
  fill(folder, { "a/": "" });
  const through = [
    ...["unshare", "-rm", "sh", "-c"],
    `mount -t tmpfs -o ro,nosuid,nodev,noexec,noatime sub ${folder}/a && exec "$0" "$@"`,
  ];
  const operations: RootOperation[] = [{
    kind: "dev-bind",
    source: `${folder}/a`,
    destination: "/a",
  }, PROC];
  const options: Started = { who, through, asked: { mapUser: 0, mapGroup: 0 } };
  const seen = await seenIn(operations, mountOf("/a"), options);
  assertEquals(seen, "/ /a ro,nosuid,nodev,noexec,noatime\n");
});

forEverybody("two thousand binds work, and there is no call more in the plan", async (who) => {
  const operations = Array.from({ length: 2000 }, (_, i): RootOperation => ({
    kind: "ro-bind",
    source: "/usr",
    destination: `/many/${i % 50}/${i}`,
  }));
  const seen = await seenIn([...operations, PROC], "grep -c /many/ /proc/self/mountinfo", { who });
  assertEquals(seen, "2000\n");
});
