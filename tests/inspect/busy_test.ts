/** What is pure in finding what keeps a path busy. */
import { assertEquals } from "@std/assert";
import { nestedIn } from "../../inspect/busy/find.ts";
import { deviceOf, parseSwaps, parseUnixSockets } from "../../inspect/busy/kernel.ts";
import { isMountOf, isPeer } from "../../inspect/busy/mounted.ts";
import { parseMapsLine } from "../../inspect/busy/processes.ts";
import { isWithin, mountAt, type PathSubject, rootFor } from "../../inspect/busy/subject.ts";
import { type Mount, parseMountinfo } from "../../inspect/mountinfo.ts";

const MOUNTS = parseMountinfo(`1 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw
2 1 8:2 / /mnt rw shared:2 - ext4 /dev/sda2 rw
3 2 0:30 / /mnt/a rw - tmpfs tmpfs rw
4 3 0:31 / /mnt/a/b rw - tmpfs tmpfs rw
5 1 8:1 /srv/data /data rw master:9 - ext4 /dev/sda1 rw
6 1 8:2 / /mnt2 rw - ext4 /dev/sda2 rw
7 2 0:32 / /mnt rw - tmpfs over rw
`);
const mount = (id: number): Mount => MOUNTS.find((one) => one.id === id)!;

Deno.test("mountAt() is the mount that a path is in, the last of several", () => {
  const at = (path: string) => mountAt(path, MOUNTS)?.id;
  assertEquals(["/", "/x", "/mnt", "/mnt/x", "/mnt/a", "/mnt/a/b/c", "/mnt/ab", "/mntx"].map(at), [
    ...[1, 1, 7, 7, 3, 4, 7, 1],
  ]);
});

Deno.test("isWithin() and rootFor() go by whole names", () => {
  assertEquals(isWithin("/a/b", "/a"), true);
  assertEquals(isWithin("/ab", "/a"), false);
  assertEquals(isWithin("/ab", "/"), true);
  assertEquals(rootFor("/data/x", mount(5)), "/srv/data/x");
  assertEquals(rootFor("/x/y", mount(1)), "/x/y");
  assertEquals(rootFor("/mnt2", mount(6)), "/");
});

Deno.test("nestedIn() has the mounts on a mount, the deepest first", () => {
  assertEquals(nestedIn(mount(2), MOUNTS).map(({ id }) => id), [4, 3, 7]);
  assertEquals(nestedIn(mount(4), MOUNTS), []);
});

Deno.test("isMountOf() knows what is mounted of a device, a mount point, a folder", () => {
  const of = (subject: PathSubject, isHere = false) =>
    MOUNTS.filter((one) => isMountOf(one, subject, isHere)).map(({ id }) => id);
  assertEquals(of({ path: "/dev/sda2", kind: "block device", dev: "8:2" }), [2, 6]);
  assertEquals(of({ path: "/mnt2", kind: "mount", dev: "8:2", root: "/", mount: mount(6) }), [
    2,
    6,
  ]);
  assertEquals(of({ path: "/mnt", kind: "mount", dev: "0:32", root: "/", mount: mount(7) }), [7]);
  assertEquals(of({ path: "/srv", kind: "directory", dev: "8:1", root: "/srv" }), [5]);
  assertEquals(of({ path: "/srv/data/x", kind: "directory", dev: "8:1", root: "/srv/data/x" }), []);
  assertEquals(of({ path: "/mnt", kind: "gone" }), [2, 7]);
  assertEquals(of({ path: "/mnt", kind: "gone" }, true), []);
  const [btrfs] = parseMountinfo("9 1 0:40 /@home /home rw - btrfs /dev/sdb rw");
  const device: PathSubject = { path: "/dev/sdb", kind: "block device", dev: "8:16" };
  assertEquals(isMountOf(btrfs!, device, false), true);
});

Deno.test("isPeer() knows mounts that are unmounted together", () => {
  const [group, slave, other] = parseMountinfo(
    "21 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n22 0 8:1 / / rw master:1 - ext4 /dev/sda1 rw\n" +
      "23 0 8:1 / / rw shared:11 - ext4 /dev/sda1 rw\n",
  );
  const one = mount(2);
  assertEquals(isPeer(one, { ...one, id: 31 }, [mount(1), group]), true);
  assertEquals(isPeer(one, { ...one, id: 32 }, [mount(1), slave]), true);
  assertEquals(isPeer(one, { ...one, id: 33 }, [mount(1), other]), false);
  assertEquals(isPeer(one, mount(3), [mount(1), group]), false);
  assertEquals(isPeer(one, { ...one, id: 34 }, [mount(1), undefined]), false);
});

Deno.test("parseMapsLine() reads what maps a file", () => {
  const line = "7f0a-7f0b r-xp 00001000 fd:1a 4242       /usr/lib/a b.so (deleted)";
  assertEquals(parseMapsLine(line), {
    range: "7f0a-7f0b",
    dev: "253:26",
    ino: "4242",
    path: "/usr/lib/a b.so (deleted)",
  });
  for (const none of ["7f0a-7f0b rw-p 0 00:00 0 [heap]", "7f0a-7f0b rw-p 0 00:00 0", "", "x"]) {
    assertEquals(parseMapsLine(none), undefined);
  }
});

Deno.test("deviceOf() undoes the kernel's encoding of devices", () => {
  assertEquals([0x0803, 0x30, 0xfe00, 0x1230_1a07].map(deviceOf), [
    "8:3",
    "0:48",
    "254:0",
    `26:${0x12307}`,
  ]);
});

Deno.test("parseSwaps() and parseUnixSockets() read the kernel's tables", () => {
  const swaps = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n" +
    "/dev/sda3                               partition\t8388604\t\t0\t\t-2\n" +
    "/a\\040b                                 file\t\t1024\t\t0\t\t-3\n";
  assertEquals(parseSwaps(swaps), ["/dev/sda3", "/a b"]);
  const unix = "Num       RefCount Protocol Flags    Type St Inode Path\n" +
    "0000000000000000: 00000002 00000000 00010000 0001 01 21563 /run/a b.sock\n" +
    "0000000000000000: 00000003 00000000 00000000 0001 03 20000\n" +
    "0000000000000000: 00000002 00000000 00010000 0001 01 21564 @abstract\n" +
    "0000000000000000: 00000002 00000000 00010000 0001 01  7 /short\n";
  assertEquals([...parseUnixSockets(unix)], [
    ["socket:[21563]", "/run/a b.sock"],
    ["socket:[7]", "/short"],
  ]);
});
