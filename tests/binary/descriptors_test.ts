/** A program has the descriptors it would have without nido. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { requires } from "../requires.ts";
import { requiresRanges, shell } from "../support/nido.ts";
import { assertUnseen } from "../support/observe.ts";

/** Which descriptor is what, without the times and PIDs of `ls -l /proc/self/fd`. */
const descriptors = (text: string): string =>
  (text.match(/\d+ -> .*/g) ?? []).join("\n").replace(/\/proc\/\d+\//g, "/proc/PID/");

const OPEN_SOME = "exec 3</etc/passwd 4>/dev/null 5<>/dev/zero 7</ 9<&0 8</etc/passwd 8<&-";

Deno.test("a program has the descriptors its caller had, and no other", async () => {
  const plain = await assertUnseen(OPEN_SOME, "ls -l /proc/self/fd", { normalise: descriptors });
  const numbers = [...plain.matchAll(/(\d+) -> /g)].map(([, fd]) => Number(fd));
  // 6 is of ls itself.
  const expected = [0, 1, 2, 3, 4, 5, 6, 7, 9];
  assertEquals(numbers.filter((fd) => fd < 10).sort(), expected);
});

Deno.test(
  "namespaces, a link to the waiter and range maps leave no descriptor",
  requiresRanges(),
  async () => {
    const ways = [
      "unshare -Urpmuif --kill-child --mount-proc",
      "unshare --map-auto --map-root-user --kill-child",
      "unshare --map-auto --map-root-user -S 0 -G 0 --kill-child=TERM --forward-signals",
      "unshare -UrT --monotonic 1",
    ];
    const plain = await assertUnseen(OPEN_SOME, "ls -l /proc/self/fd", {
      ways,
      as: "user",
      normalise: descriptors,
    });
    assertStringIncludes(plain, "9 -> ");
  },
);

Deno.test("namespaces bound to files leave no descriptor", requires({ root: true }), async () => {
  const folder = Deno.makeTempDirSync({ prefix: "nido-bound-" });
  try {
    const setup =
      `${OPEN_SOME}; cd ${folder}; touch uts ipc; mkdir d; mount --bind d d; mount --make-private d; touch d/mnt`;
    const plain = await assertUnseen(setup, "ls -l /proc/self/fd", {
      ways: ["unshare --uts=uts --ipc=ipc", "unshare --mount=d/mnt --fork --kill-child"],
      normalise: descriptors,
    });
    assertStringIncludes(plain, "9 -> ");
  } finally {
    await shell(`cd ${folder}; umount uts ipc d/mnt d`);
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("descriptors keep their offsets and flags", async () => {
  const setup = "exec 3</etc/passwd 4>>/dev/null 5<>/dev/zero; read line <&3";
  const plain = await assertUnseen(
    setup,
    "cat /proc/self/fdinfo/0 /proc/self/fdinfo/3 /proc/self/fdinfo/4 /proc/self/fdinfo/5",
  );
  assertMatch(plain, /pos:\s+[1-9]/, "the shell has read from 3");
});

Deno.test("a thousand descriptors reach the program", async () => {
  const setup = 'ulimit -Sn 4096; for i in $(seq 20 1019); do eval "exec $i</dev/null"; done';
  const plain = await assertUnseen(setup, "ls -l /proc/self/fd", {
    with: "bash",
    normalise: descriptors,
  });
  assert((plain.match(/ -> \/dev\/null/g) ?? []).length >= 1000);
});
