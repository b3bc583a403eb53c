// What bwrap says where namespaces are refused: clients look for bubblewrap's words.

import { assertEquals } from "@std/assert";
import { CLONE_NEWNET, CLONE_NEWUSER } from "../../ffi/abi/sched.ts";
import { requires } from "../requires.ts";
import { withFilter } from "../support/filter.ts";
import { NIDO, run } from "../support/nido.ts";

const NEEDS = requires({ userNamespaces: true, namespaces: ["net"], programs: ["unshare"] });

const WORDS = ["--ro-bind", "/", "/", "true"];
const bwrap = (...words: readonly string[]) => [...NIDO, "bwrap", ...words, ...WORDS];

const USED_UP =
  "Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)";
const NOT_ALLOWED =
  "No permissions to create a new namespace, likely because the kernel does not allow non-privileged " +
  "user namespaces. On e.g. debian this can be enabled with 'sysctl kernel.unprivileged_userns_clone=1'.";

/** Runs words where there may be no more namespaces of a type. */
const without = (type: string, words: readonly string[]) => {
  const script = `echo 0 >/proc/sys/user/max_${type}_namespaces; exec "$@"`;
  return run(["unshare", "-Ur", "sh", "-c", script, "sh", ...words]);
};

const ASKED = [["user", "--unshare-user"], ["net", "--unshare-net"], ["net", "--unshare-all"]];
for (const [type, option] of ASKED) {
  Deno.test(
    `bwrap ${option} says that there may be no more ${type} namespaces`,
    NEEDS,
    async () => {
      const { code, stderr } = await without(type!, bwrap(option!));
      assertEquals([code, stderr], [1, `bwrap: ${USED_UP}\n`]);
    },
  );
}

/** Runs bwrap where these namespaces are not allowed. */
const refused = (bits: number, ...words: readonly string[]) =>
  withFilter({ syscall: "unshare", bits }, bwrap(...words), (path) => run([path]));

Deno.test("bwrap says that user namespaces are not allowed", NEEDS, async () => {
  const { code, stderr } = await refused(CLONE_NEWUSER, "--unshare-user");
  assertEquals([code, stderr], [1, `bwrap: ${NOT_ALLOWED}\n`]);
});

Deno.test(
  "bwrap says what the error is where other namespaces are not allowed",
  requires({ root: true, namespaces: ["net"] }),
  async () => {
    const { code, stderr } = await refused(CLONE_NEWNET, "--unshare-net");
    const said = "bwrap: Creating new namespace failed: Operation not permitted\n";
    assertEquals([code, stderr], [1, said]);
  },
);

Deno.test("unshare and run say so in their own words", NEEDS, async () => {
  const first = async (...words: readonly string[]) => {
    const { code, stderr } = await without("net", [...NIDO, ...words]);
    return [code, stderr.split("\n")[0]];
  };
  const said = "unshare failed: No space left on device";
  assertEquals(await first("unshare", "--net", "true"), [1, `unshare: ${said}`]);
  assertEquals(await first("run", "--unshare-net", ...WORDS), [125, `nido run: ${said}`]);
});
