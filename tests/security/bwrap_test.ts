// The same attacks on `bwrap` as a file: its options are read when it runs.

import { assert, assertEquals } from "@std/assert";
import { bwrap } from "../../cli/bwrap.ts";
import { BWRAP_WORDS } from "../../cli/bwrap_words.ts";
import { openBytes } from "../../launch/freeze.ts";
import { EVERYBODY, type Who } from "../launch/root/making.ts";
import { requires } from "../requires.ts";
import { AS_USER, type Outcome, run, type RunOptions, USER_ID } from "../support/nido.ts";
import { withFolder } from "../support/folder.ts";

const NEEDS = requires({ userNamespaces: true });
const TEXTS = { help: "", version: "" };
const OPEN = openBytes(bwrap, Deno.build.arch, { front: BWRAP_WORDS, texts: TEXTS });
const ROOT = ["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"];

type Start = (args: readonly string[], options?: RunOptions) => Promise<Outcome>;

/** A bwrap that belongs to who starts it. */
const withBwrap = (who: Who, use: (start: Start, folder: string) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    const path = `${folder}/bwrap`;
    Deno.writeFileSync(path, OPEN);
    Deno.chmodSync(path, 0o755);
    if (who === "user" && Deno.uid() === 0) Deno.chownSync(path, USER_ID, USER_ID);
    const words = [...who === "user" ? AS_USER : [], path];
    await use((args, options) => run([...words, ...args], options), folder);
  });

/** Says which processes of bwrap come, and by what it can look into one, as long as it is let. */
const LOOK = `is_bwrap() { [ "$(cat $process/comm 2>/dev/null)" = bwrap ]; }
: >ready; while [ -e stay ]; do for process in /proc/[0-9]*; do
  is_bwrap && echo seen && for way in root cwd fd/0 mem; do
    # It may be the program by now.
    (: <$process/$way) 2>/dev/null && is_bwrap && echo "$process/$way"
  done
done; done`;

for (const who of EVERYBODY) {
  Deno.test(
    `as ${who}: root in a user namespace that bwrap joins does not look into bwrap meanwhile`,
    requires({ userNamespaces: true, programs: ["strace"] }),
    () =>
      withBwrap(who, async (_, folder) => {
        Deno.chmodSync(folder, 0o777);
        const script = `touch stay
        unshare -Urpf --mount-proc sh -c "$LOOK" >seen & inside=$!
        until [ -e ready ]; do :; done
        read -r target </proc/$inside/task/$inside/children
        target=\${target%% *}
        strace -f -o /dev/null -e trace=pivot_root -e inject=pivot_root:delay_enter=300000:when=1 \\
          "$0" --userns 9 --pidns 8 --uid 0 --gid 0 --ro-bind / / true 9</proc/$target/ns/user 8</proc/$target/ns/pid
        echo "status $?"; rm stay; wait; sort -u seen`;
        const words = [...who === "user" ? AS_USER : [], "sh", "-c", script, `${folder}/bwrap`];
        const { stdout, stderr } = await run(words, { cwd: folder, env: { LOOK } });
        assertEquals(stdout, "status 0\nseen\n", stderr);
      }),
  );

  Deno.test(
    `as ${who}: bwrap as the program of bwrap is a copy in memory`,
    NEEDS,
    () =>
      withBwrap(who, async (start) => {
        const args = [...ROOT, "--unshare-user", "--unshare-pid"];
        const script = "readlink /proc/[0-9]*/exe; exit 7";
        // The scene: bwrap is there, as a process of the program's.
        const inner = ["/proc/self/exe", ...ROOT, "sh", "-c", script];
        const { code, stdout, stderr } = await start([...args, "--cap-add", "ALL", ...inner]);
        assertEquals(code, 7, stderr);
        assert(!/\/bwrap$/m.test(stdout), stdout);
      }),
  );

  Deno.test(
    `as ${who}: root in a root of bwrap's gets nothing through what waits for it`,
    NEEDS,
    () =>
      withBwrap(who, async (start, folder) => {
        Deno.writeTextFileSync(`${folder}/secret`, "secret\n");
        const attack = `cat /proc/$PPID/cwd/secret; head -c 1 /proc/$PPID/exe; (: <>/proc/$PPID/mem)
        exit 7`;
        const rights = ["--unshare-user", "--uid", "0", "--gid", "0", "--cap-add", "ALL"];
        // The scene: it gets at it where it is bound.
        const bound = await start([...ROOT, ...rights, "cat", `${folder}/secret`]);
        assertEquals(bound.stdout, "secret\n");
        for (const more of [[], ["--unshare-pid"], ["--lock-file", "/etc/passwd"]]) {
          const args = [...ROOT, "--tmpfs", folder, ...rights, ...more, "sh", "-c", attack];
          const { code, stdout } = await start(args, { cwd: folder });
          assertEquals([code, stdout], [7, ""], `${more}`);
        }
      }),
  );

  Deno.test(
    `as ${who}: a destination that ends above is refused by bwrap`,
    NEEDS,
    () =>
      withBwrap(who, async (start) => {
        for (
          const operation of [
            ["--dir", "/.."],
            ["--tmpfs", "/usr/../.."],
            ["--chmod", "0700", "/usr/.."],
            ["--symlink", "x", "/usr/.."],
            ["--bind", "/tmp", "/usr/.."],
            ["--file", "0", "/usr/.."],
          ]
        ) {
          const { code, stdout } = await start([...ROOT, ...operation, "echo", "in"]);
          assertEquals([code, stdout], [1, ""], `${operation}`);
        }
      }),
  );
}

Deno.test(
  "a bwrap that would have a setuid file's rights starts nothing, as bubblewrap",
  requires({ root: true, programs: ["setpriv"] }),
  () =>
    withBwrap("root", async (_, folder) => {
      const setuid = ["setpriv", `--ruid=${USER_ID}`, "--euid=0", `${folder}/bwrap`];
      for (const namespaces of [[], ["--unshare-user"], ["--unshare-all"]]) {
        const { code, stdout, stderr } = await run([...setuid, ...namespaces, ...ROOT, "id"]);
        assertEquals([code, stdout], [1, ""]);
        assertEquals(stderr, "bwrap: setuid use of bubblewrap is not supported\n");
      }
    }),
);
