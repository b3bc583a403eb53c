import { assert, assertEquals } from "@std/assert";
import { parseLoadavg, wasGivenAgain } from "../../../inspect/watch/births.ts";
import { changes } from "../../../inspect/watch/mounts.ts";

Deno.test("parseLoadavg() reads threads and last PID, and takes nothing else for them", () => {
  assertEquals(parseLoadavg("0.20 0.18 0.12 1/80 11206\n"), { threads: 80, last: 11206 });
  for (const other of ["", "\n", "0.20 0.18 0.12\n", "0.20 0.18 0.12 1/80 x\n", "1/80 11206"]) {
    assertEquals(parseLoadavg(other), undefined);
  }
});

Deno.test("wasGivenAgain() knows the numbers between two last PIDs, round the end too", () => {
  const at = (last: number) => ({ threads: 1, last });
  assertEquals([10, 11, 15, 16].map((pid) => wasGivenAgain(pid, at(10), at(15))), [
    ...[false, true, true, false],
  ]);
  assertEquals([3, 4, 10, 32000].map((pid) => wasGivenAgain(pid, at(31000), at(3))), [
    ...[true, false, false, true],
  ]);
  assert(!wasGivenAgain(10, at(10), at(10)));
});

Deno.test("changes() of two mountinfos are what is gone, the last first, and what is new", () => {
  const lines = (...mounts: [string, string][]) =>
    new Map(mounts.map(([id, path]) => [
      `${id} 1 0:1 / ${path}`,
      `${id} 1 0:1 / ${path} rw - tmpfs none rw`,
    ]));
  const found = changes(
    7,
    lines(["2", "/a"], ["3", "/a/b"], ["4", "/kept"]),
    lines(["4", "/kept"], ["5", "/new\\040one"]),
  );
  assertEquals(found.map(({ mnt, change, mount }) => [mnt, change, mount.mountPoint]), [
    [7, "gone", "/a/b"],
    [7, "gone", "/a"],
    [7, "new", "/new one"],
  ]);
});
