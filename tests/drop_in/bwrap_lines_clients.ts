/** bwrap, as programs start it that lock others up. */

import { both, type Line } from "./run_line.ts";

/** As desktops do: thumbnailers, flatpak's icons. */
const DESKTOP =
  "--ro-bind /usr /usr --ro-bind-try /etc/ld.so.cache /etc/ld.so.cache --symlink /usr//bin /bin " +
  "--symlink /usr//lib64 /lib64 --symlink /usr//lib /lib --symlink /usr//sbin /sbin " +
  "--ro-bind-try /var/cache/nope /var/cache/nope --proc /proc --dev /dev --chdir / --setenv GIO_USE_VFS local";

/** As coding agents do for commands of a model. */
const AGENT = "--as-pid-1 --new-session --die-with-parent";

const ALONE =
  "--unshare-user --unshare-pid --unshare-ipc --unshare-net --proc /proc --cap-drop ALL";

const CAPABILITIES = "grep -E '^(Cap|NoNew)' /proc/self/status";

type Named = Omit<Line, "as">;

const LINES: readonly Named[] = [
  {
    name: "a thumbnailer: one file, and a folder of its own as /tmp",
    setup: "mkdir out; echo picture >in.png",
    shell: `bwrap ${DESKTOP} --unshare-all --die-with-parent --bind "$PWD/out" /tmp ` +
      '--ro-bind "$PWD/in.png" /tmp/in.png ' +
      `sh -c 'cat /tmp/in.png >/tmp/out.png; ls -1 / /tmp; pwd; echo $GIO_USE_VFS'; ls -1 out`,
  },
  {
    name: "an icon's check: without --unshare-user",
    setup: "echo icon >i.svg",
    shell: `exec bwrap ${DESKTOP} --unshare-ipc --unshare-net --unshare-pid --tmpfs /tmp ` +
      '--unsetenv TMPDIR --die-with-parent --ro-bind "$PWD/i.svg" /tmp/a/i.svg ' +
      "sh -c 'cat /tmp/a/i.svg; echo x >/tmp/a/i.svg; exit 3'",
  },
  {
    name: "an agent's trial: an empty root, and folders of the system in it",
    shell: `exec bwrap ${AGENT} --tmpfs / --dev /dev --ro-bind /bin /bin --ro-bind /etc /etc ` +
      `--ro-bind /lib /lib --ro-bind /lib64 /lib64 --ro-bind /usr /usr ${ALONE} -- /usr/bin/true`,
  },
  {
    name: "an agent's run: a folder that nobody looks into, and a name of the program",
    shell: `exec bwrap ${AGENT} --ro-bind / / --dev /dev --tmpfs /tmp --perms 000 ` +
      `--tmpfs /tmp/secret --remount-ro /tmp/secret ${ALONE} --argv0 agent-sandbox -- ` +
      `sh -c 'echo $0 $$; stat -c "%a %n" /tmp/secret; ${
        CAPABILITIES.replaceAll("'", '"')
      }; kill -9 $$; exit 4' again`,
  },
  {
    name: "an agent's masks: /dev/null and an empty folder over what is not to be read",
    setup: "mkdir work work/.git empty; echo secret >work/.env; echo hook >work/.git/hook",
    shell: "exec bwrap --new-session --die-with-parent --unshare-net --setenv SANDBOX 1 " +
      '--setenv no_proxy localhost,127.0.0.1 --ro-bind / / --bind "$PWD/work" "$PWD/work" ' +
      '--ro-bind "$PWD/work/.git" "$PWD/work/.git" --ro-bind /dev/null "$PWD/work/.env" ' +
      '--ro-bind /dev/null "$PWD/work/.bashrc" --ro-bind "$PWD/empty" "$PWD/work/.claude" ' +
      '--dev /dev --unshare-pid --unshare-user --cap-drop ALL --proc /proc --chdir "$PWD/work" -- ' +
      "sh -c 'ls -A; cat .env; echo x >.git/hook; echo x >.bashrc; echo y >new; cat new; exit 7'",
  },
  {
    name: "options in a file, and the program behind them",
    setup:
      "printf '%s\\0' --unshare-all --new-session --die-with-parent --ro-bind / / --dev /dev " +
      "--proc /proc --tmpfs /tmp --bind-try /nope /nope >args",
    shell: "exec bwrap --args 8 -- sh -c 'id -u; kill -9 $$' 8<args",
  },
  {
    name: "a file's cleaner: its folder, and the file over it once more",
    setup: "mkdir d t; echo file >d/f",
    shell:
      "bwrap --ro-bind /usr /usr --ro-bind /lib /lib --ro-bind /lib64 /lib64 --ro-bind /bin /bin " +
      '--dev /dev --proc /proc --chdir "$PWD/d" --unshare-user-try --unshare-ipc --unshare-pid ' +
      "--unshare-net --unshare-uts --unshare-cgroup-try --new-session --cap-drop all " +
      '--bind "$PWD/t" "$PWD/d" --ro-bind "$PWD/d/f" "$PWD/d/f" ' +
      "sh -c 'cat f; cat f >cleaned; ls -1'; ls -1 d t",
  },
  {
    name: "a package's build: links of /usr, and folders of the machine",
    setup: "mkdir build",
    shell: "bwrap --unshare-net --new-session --die-with-parent --proc /proc --dev /dev " +
      "--setenv TMPDIR /opam-tmp --tmpfs /opam-tmp --tmpfs /run --ro-bind /usr /usr " +
      "--symlink /usr/bin /bin --symlink /usr/lib /lib --symlink /usr/lib64 /lib64 " +
      '--ro-bind /etc /etc --ro-bind /var /var --ro-bind /tmp /tmp --bind "$PWD/build" "$PWD/build" ' +
      "--chdir \"$PWD/build\" sh -c 'echo x >made; echo t >$TMPDIR/t && cat $TMPDIR/t; echo x >../no'; ls -1 build",
  },
];

export const clientLines: readonly Line[] = [
  ...LINES.flatMap(both),
  {
    name: "what root was denied stays so in a user namespace",
    as: "root",
    shell:
      "exec setpriv --bounding-set=-net_raw,-mknod bwrap --unshare-all --ro-bind / / --proc /proc " +
      "sh -c 'for i in Eff Bnd; do set -- $(grep Cap$i /proc/self/status); echo $((0x$2 & (1<<13 | 1<<27))); done'",
  },
];
