/** bwrap: the root that the program gets. */

import { both, type Line } from "./run_line.ts";

/** All of the machine, but for /tmp, where lines work. */
const FULL = "--ro-bind / / --dev /dev --tmpfs /tmp";

/** Prints the mode and the kind of files. */
const MODES = "stat -c '%a %F %n'";

type Named = Omit<Line, "as">;

/** A line of options with what is run. */
const line = (
  name: string,
  options: string,
  script = "true",
  more: Partial<Named> = {},
): Named => ({
  name,
  shell: `exec bwrap ${options} sh -c '${script.replaceAll("'", `'\\''`)}'`,
  ...more,
});

/** Where nido tells which operation it was, and why, in words of its own. */
const says = (stderr: string): Pick<Named, "differs"> => ({
  differs: { why: "nido says which error it was, of whatever it could not do", stderr },
});

const LINES: readonly Named[] = [
  line(
    "--ro-bind makes a file visible, and refuses to write",
    `${FULL} --ro-bind a /tmp/b`,
    "cat /tmp/b; echo x >>/tmp/b",
    { setup: "echo content >a" },
  ),
  line(
    "--bind lets the file be written to",
    `${FULL} --bind a /tmp/b; cat a`,
    "echo more >>/tmp/b",
    {
      setup: "echo content >a",
      shell: `bwrap ${FULL} --bind a /tmp/b sh -c 'echo more >>/tmp/b'; cat a`,
    },
  ),
  line(
    "--bind of a folder makes the folders above it",
    `${FULL} --bind d /tmp/x/y/z`,
    `${MODES} /tmp/x /tmp/x/y; ls /tmp/x/y/z`,
    { setup: "mkdir d; touch d/f" },
  ),
  line("--bind of what is missing", `${FULL} --bind nope /tmp/x`),
  line("--ro-bind of what is below a file", `${FULL} --ro-bind a/b /tmp/x`, "true", {
    setup: "echo >a",
  }),
  line("--bind-try of what is missing is nothing", `${FULL} --bind-try nope /tmp/x`, "ls /tmp"),
  line(
    "--ro-bind-try and --dev-bind-try of what is missing",
    `${FULL} --ro-bind-try nope /tmp/x ` +
      "--dev-bind-try nope /tmp/y",
    "ls /tmp",
  ),
  line("--ro-bind-try of what is below a file", `${FULL} --ro-bind-try a/b /tmp/x`, "true", {
    setup: "echo >a",
  }),
  line(
    "a source may be a symbolic link",
    `${FULL} --ro-bind link /tmp/b`,
    "cat /tmp/b; readlink /tmp/b",
    { setup: "echo content >a; ln -s a link" },
  ),
  line(
    "a source is relative to the working directory",
    `${FULL} --ro-bind ./d/../a /tmp/b`,
    "cat /tmp/b",
    { setup: "echo content >a; mkdir d" },
  ),
  line("a destination needs no slash in front", `${FULL} --ro-bind a tmp/b`, "cat /tmp/b", {
    setup: "echo content >a",
  }),
  line(
    "a destination may go up, but not out",
    `${FULL} --ro-bind a /tmp/../../tmp/b`,
    "cat /tmp/b",
    { setup: "echo content >a" },
  ),
  line("a file on a directory", `${FULL} --dir /tmp/d --ro-bind a /tmp/d`, "true", {
    setup: "echo >a",
  }),
  line("a directory on a file", `${FULL} --file 0 /tmp/f --ro-bind d /tmp/f`, "true", {
    setup: "mkdir d",
  }),
  line("a symbolic link as destination", `${FULL} --symlink to /tmp/l --ro-bind a /tmp/l`, "true", {
    setup: "echo >a",
  }),
  line(
    "a link above the destination is followed in the new root",
    `${FULL} --dir /tmp/d ` +
      "--symlink d /tmp/l --ro-bind a /tmp/l/f",
    "cat /tmp/d/f",
    { setup: "echo content >a" },
  ),
  line(
    "an absolute link above the destination stays in the new root",
    `${FULL} --dir /tmp/d ` +
      "--symlink /tmp/d /tmp/l --file 0 /tmp/l/f",
    "ls /tmp/d",
  ),
  line("a destination that cannot be made", "--ro-bind / / --dir /nope/x"),
  line("a file that cannot be made", "--ro-bind / / --ro-bind a /nope", "true", {
    setup: "echo >a",
  }),
  line("a mount hides what was there before", `${FULL} --dir /tmp/a/b --tmpfs /tmp/a`, "ls /tmp/a"),
  line(
    "later operations are on top",
    `${FULL} --dir /tmp/a/b --tmpfs /tmp/a --dir /tmp/a/c`,
    "ls /tmp/a",
  ),
  line(
    "--dir makes a folder that others may look into",
    `${FULL} --dir /tmp/a/b`,
    `${MODES} /tmp/a /tmp/a/b`,
  ),
  line(
    "--dir leaves a folder as it is",
    `${FULL} --perms 700 --dir /tmp/a --dir /tmp/a`,
    `${MODES} /tmp/a`,
  ),
  line("--dir on a file", `${FULL} --file 0 /tmp/a --dir /tmp/a`, "true"),
  line(
    "--perms is of a folder, and of those above it",
    `${FULL} --perms 710 --dir /tmp/a/b --dir /tmp/c`,
    `${MODES} /tmp/a /tmp/a/b /tmp/c`,
  ),
  line("--perms 0000 is a mode too", `${FULL} --perms 0000 --dir /tmp/a`, `${MODES} /tmp/a`),
  line(
    "--perms with sticky and set-id bits",
    `${FULL} --perms 1777 --dir /tmp/a --perms 2750 --dir /tmp/b`,
    `${MODES} /tmp/a /tmp/b`,
  ),
  line(
    "--perms of a tmpfs",
    `${FULL} --perms 1777 --tmpfs /tmp/a --tmpfs /tmp/b`,
    `${MODES} /tmp/a /tmp/b`,
  ),
  line(
    "--size of a tmpfs",
    `${FULL} --size 0x10000 --tmpfs /tmp/a`,
    "df -k --output=size /tmp/a | tail -n 1; head -c 70000 /dev/zero >/tmp/a/f",
  ),
  line(
    "--size in octal",
    `${FULL} --size 0200000 --tmpfs /tmp/a`,
    "df -k --output=size /tmp/a | tail -n 1",
  ),
  line(
    "--perms and --size of one tmpfs",
    `${FULL} --perms 700 --size 65536 --tmpfs /tmp/a`,
    `${MODES} /tmp/a; df -k --output=size /tmp/a | tail -n 1`,
  ),
  line(
    "--file has what the descriptor gives",
    `${FULL} --file 0 /tmp/a/f`,
    `cat /tmp/a/f; ${MODES} /tmp/a/f`,
    { stdin: "content\n" },
  ),
  line("--perms of a file", `${FULL} --perms 640 --file 0 /tmp/f`, `${MODES} /tmp/f`),
  line("--file over another", `${FULL} --file 8 /tmp/f --file 9 /tmp/f 8<a 9<b`, "true", {
    setup: "echo one >a; echo two >b",
    shell: `exec bwrap ${FULL} --file 8 /tmp/f --file 9 /tmp/f cat /tmp/f 8<a 9<b`,
  }),
  line("--file of a closed descriptor", `${FULL} --file 99 /tmp/f`, "true", {}),
  line("--file on a folder", `${FULL} --dir /tmp/f --file 0 /tmp/f`),
  line(
    "--bind-data is a file of its own",
    `${FULL} --bind-data 0 /tmp/f`,
    `cat /tmp/f; ${MODES} /tmp/f; echo more >>/tmp/f; cat /tmp/f`,
    { stdin: "content\n" },
  ),
  line(
    "--ro-bind-data cannot be written to",
    `${FULL} --ro-bind-data 0 /tmp/f`,
    "cat /tmp/f; echo more >>/tmp/f",
    { stdin: "content\n" },
  ),
  line("--perms of --bind-data", `${FULL} --perms 644 --ro-bind-data 0 /tmp/f`, `${MODES} /tmp/f`),
  line("--bind-data of a closed descriptor", `${FULL} --bind-data 99 /tmp/f`, "true", {}),
  line("--bind-fd is what the descriptor has open", "", "", {
    setup: "mkdir d; touch d/f",
    shell: `exec bwrap ${FULL} --bind-fd 9 /tmp/x ls /tmp/x 9<d`,
  }),
  line("--ro-bind-fd cannot be written to", "", "", {
    setup: "mkdir d; touch d/f",
    shell: `exec bwrap ${FULL} --ro-bind-fd 9 /tmp/x sh -c "echo >/tmp/x/f" 9<d`,
  }),
  line("--bind-fd of a closed descriptor", `${FULL} --bind-fd 99 /tmp/x`),
  // Its number may be that of something else by then.
  ...["--file 3 /tmp/a", "--bind-data 3 /tmp/a"].flatMap((first) =>
    ["--file 3 /tmp/b", "--ro-bind-data 3 /tmp/b", "--ro-bind-fd 3 /tmp/b"].map((second) =>
      line(`${second} behind ${first}`, "", "", {
        setup: "echo content >c",
        shell: `exec bwrap ${FULL} --proc /proc ${first} ${second} ls /tmp 3<c`,
        ...second.includes("-fd") ? says("/proc/self/fd/3: No such file") : {},
      })
    )
  ),
  line("--bind-fd: the program does not get it", "", "", {
    setup: "mkdir d",
    shell:
      `exec bwrap ${FULL} --proc /proc --bind-fd 9 /tmp/x sh -c "test -e /proc/self/fd/9 || echo closed" 9<d`,
  }),
  line(
    "--symlink makes a link and folders above it",
    `${FULL} --symlink to/that /tmp/a/l`,
    `readlink /tmp/a/l; ${MODES} /tmp/a`,
  ),
  line(
    "--symlink: the same once more is fine",
    `${FULL} --symlink to /tmp/l --symlink to /tmp/l`,
    "readlink /tmp/l",
  ),
  line("--symlink: another is not", `${FULL} --symlink to /tmp/l --symlink other /tmp/l`, "true"),
  line("--symlink where a folder is", `${FULL} --dir /tmp/l --symlink to /tmp/l`, "true"),
  line(
    "--symlink: where it was to be is said as it was given",
    `${FULL} --symlink to tmp/./l --symlink other tmp//l`,
  ),
  line("--symlink on the root", `${FULL} --symlink to /`),
  line("--file on the root", `${FULL} --file 0 /`),
  line("--bind of a file on the root", `${FULL} --bind a /`, "true", { setup: "echo >a" }),
  line("--bind of a directory below a file", `${FULL} --file 0 /tmp/f --bind d /tmp/f/x`, "true", {
    setup: "mkdir d",
  }),
  line("--tmpfs on a file", `${FULL} --file 0 /tmp/f --tmpfs /tmp/f`),
  line("--proc on a file", `${FULL} --file 0 /tmp/f --proc /tmp/f`),
  line("--dev on a file", `${FULL} --file 0 /tmp/f --dev /tmp/f`),
  line("--dir of what ends in ..", `${FULL} --dir /tmp/a --dir /tmp/a/..`, "true", {
    differs: {
      why: "nothing is made where no name is",
      stderr: "Destination ends in no name: /tmp/a/..",
      code: 1,
    },
  }),
  line(
    "folders above what is mounted or linked are for who starts it alone",
    `${FULL} --bind d /tmp/a/d --bind f /tmp/b/f --symlink to /tmp/c/l --proc /tmp/d/p ` +
      "--dev /tmp/e/d --overlay-src d --tmp-overlay /tmp/g/o --bind-data 0 /tmp/h/f",
    `${MODES} /tmp/*`,
    { setup: "mkdir d; echo >f" },
  ),
  {
    name: "folders above what is made may be looked into as that may be read",
    shell: `umask 77; bwrap ${FULL} --dir /tmp/a/d --perms 700 --dir /tmp/b/d ` +
      "--perms 750 --tmpfs /tmp/c/t --perms 604 --file 0 /tmp/d/f " +
      "--perms 644 --bind-data 9 /tmp/e/f --tmpfs /tmp/f/t " +
      `sh -c "${MODES} /tmp/*" 9</dev/null`,
  },
  line("--symlink where nothing can be made", "--ro-bind / / --symlink to /nope"),
  line("--chmod changes a mode", `${FULL} --dir /tmp/a --chmod 0711 /tmp/a`, `${MODES} /tmp/a`),
  line("--chmod of what is missing", `${FULL} --chmod 755 /tmp/nope`),
  line(
    "--chmod follows a link in the new root",
    `${FULL} --dir /tmp/a --symlink a /tmp/l ` +
      "--chmod 700 /tmp/l",
    `${MODES} /tmp/a`,
    {
      differs: {
        why: "a link stays in the new root, as one above the destination does",
        code: 0,
        stdout: "700 directory /tmp/a\n",
      },
    },
  ),
  line(
    "--remount-ro refuses to write",
    `${FULL} --tmpfs /tmp/a --dir /tmp/a/b --remount-ro /tmp/a`,
    "ls /tmp/a; echo >/tmp/a/f",
  ),
  line(
    "--remount-ro does not go below",
    `${FULL} --tmpfs /tmp/a --dir /tmp/a/b --tmpfs /tmp/a/b ` +
      "--remount-ro /tmp/a",
    "echo yes >/tmp/a/b/f; cat /tmp/a/b/f",
  ),
  line("--remount-ro of what is no mount", `${FULL} --dir /tmp/a --remount-ro /tmp/a`, "true", {
    ...says("Can't remount readonly on /tmp/a: Invalid argument"),
  }),
  line("--remount-ro of what is missing", `${FULL} --remount-ro /tmp/nope`, "true", {
    ...says("Can't open /tmp/nope: No such file or directory"),
  }),
  line(
    "--remount-ro of the root",
    "--tmpfs / --ro-bind /usr /usr --symlink usr/bin /bin " +
      "--symlink usr/lib /lib --symlink usr/lib64 /lib64 --remount-ro /",
    "echo >/f",
  ),
  line(
    "--proc shows this PID namespace alone",
    `${FULL} --unshare-pid --proc /proc`,
    "ls -d /proc/1 /proc/2; test -e /proc/100 || echo few",
  ),
  line(
    "--proc covers what is only for administrators",
    `${FULL} --unshare-pid --proc /proc`,
    "echo x >/proc/sys/kernel/hostname; echo x >/proc/sysrq-trigger",
  ),
  line(
    "--proc without a PID namespace is that of outside",
    `${FULL} --proc /tmp/p`,
    "test -d /tmp/p/self && echo yes",
  ),
  line(
    "--dev has the usual devices",
    `${FULL} --dev /tmp/d`,
    "cd /tmp/d; ls -1; for i in fd stdin stdout stderr core ptmx; do readlink $i; done",
  ),
  line(
    "--dev: devices work",
    `${FULL} --dev /dev`,
    "echo x >/dev/null; head -c 3 /dev/zero | wc -c; head -c 3 /dev/urandom | wc -c; " +
      `echo x >/dev/full; ${MODES} /dev/shm /dev/pts /dev`,
  ),
  line(
    "--dev-bind: devices can be opened",
    `${FULL} --dev-bind /dev /tmp/d`,
    "echo x >/tmp/d/null && echo yes",
  ),
  line(
    "--bind: devices cannot be opened",
    `${FULL} --bind /dev /tmp/d`,
    "echo x >/tmp/d/null && echo yes",
  ),
  line("--mqueue is where queues are", `${FULL} --unshare-ipc --mqueue /tmp/q`, `${MODES} /tmp/q`),
  line(
    "--tmp-overlay takes what is written, and keeps nothing",
    `${FULL} --overlay-src a ` +
      "--overlay-src b --tmp-overlay /tmp/o",
    "cat /tmp/o/f /tmp/o/g; echo x >/tmp/o/f; ls /tmp/o",
    {
      setup: "mkdir a b; echo lower >a/f; echo upper >b/f; echo other >a/g",
    },
  ),
  line(
    "--ro-overlay cannot be written to",
    `${FULL} --overlay-src a --overlay-src b ` +
      "--ro-overlay /tmp/o",
    "cat /tmp/o/f; echo x >/tmp/o/f",
    {
      setup: "mkdir a b; echo lower >a/f; echo upper >b/f",
    },
  ),
  line("--overlay writes to a folder outside", "", "", {
    setup: "mkdir a u w; echo lower >a/f",
    // The kernel makes a directory there that only root could remove as it is.
    shell: `bwrap ${FULL} --overlay-src a --overlay u w /tmp/o sh -c "echo new >/tmp/o/f"; ` +
      "chmod 700 w/work; cat u/f a/f",
  }),
  line("an overlay of what is missing", `${FULL} --overlay-src nope --tmp-overlay /tmp/o`),
  line(
    "set-user-ID bits mean nothing inside",
    `${FULL} --ro-bind id /tmp/id`,
    "/tmp/id -u >/dev/null && grep NoNewPrivs /proc/self/status",
    {
      setup: "cp /usr/bin/id id; chmod u+s id",
    },
  ),
  line(
    "nothing but what options make is in the root",
    "--ro-bind /usr /usr --symlink usr/bin /bin " +
      "--symlink usr/lib /lib --symlink usr/lib64 /lib64",
    "cd /; ls -1d *",
  ),
  line("the root of the new root is its own parent", FULL, "cd /..; test -d ../usr && echo yes"),
];

export const rootLines: readonly Line[] = LINES.flatMap(both);
