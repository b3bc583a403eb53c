/** Where a process is: its root directory, its host name, its threads, its clocks. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { hostNameOf } from "../../inspect/host_name.ts";
import { parseMountinfo } from "../../inspect/mountinfo.ts";
import { namespacesOf } from "../../inspect/process.ts";
import { rootOf, rootsIn } from "../../inspect/root_directory.ts";
import { threadsElsewhere } from "../../inspect/thread_namespaces.ts";
import { parseTimeOffsets, timeOffsetsOf } from "../../inspect/time_offsets.ts";
import { requires } from "../requires.ts";
import { HOLD, inode, start, WAIT } from "./start.ts";

const nestable = { userNamespaces: true, programs: ["unshare"] };

Deno.test("rootsIn() finds the root of others in one's own mounts", () => {
  const [root] = parseMountinfo("9 1 8:1 /srv/box / rw - ext4 /dev/sda1 rw");
  const ours = parseMountinfo(
    "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:1 /srv /mnt/srv rw - ext4 /dev/sda1 rw\n" +
      "3 1 8:1 /srv/bo /mnt/bo rw - ext4 /dev/sda1 rw\n4 1 8:2 / /x rw - ext4 /dev/sdb rw\n" +
      "5 1 8:1 /srv/box /box rw - ext4 /dev/sda1 rw\n",
  );
  assertEquals(rootsIn(root!, ours), ["/box", "/srv/box", "/mnt/srv/box"]);
  assertEquals(rootsIn({ ...root!, fsType: "fuse.sshfs" }, ours), [], "it may not answer");
  assertEquals(rootsIn({ ...root!, root: "/" }, ours), ["/"]);
});

Deno.test("rootOf() is a path of the caller's", requires({ root: true }), async () => {
  const folder = Deno.makeTempDirSync({ prefix: "nido-root-" });
  try {
    const bind = "for i in bin lib lib64 usr; do [ -e /$i ] || continue; mkdir -p $1/$i; " +
      "mount --rbind /$i $1/$i; done; ";
    const words = (enter: string) => ["unshare", "-m", "sh", "-c", bind + enter, "sh", folder];
    await using chrooted = await start(words("exec chroot $1 sh -c 'echo ready; read x'"));
    assertEquals(rootOf(chrooted.pid), folder);
    Deno.mkdirSync(`${folder}/2`);
    const pivot = "mount --bind $1 $1; mkdir -p $1/old; cd $1; " + bind +
      "pivot_root . old; exec chroot . sh -c 'echo ready; read x'";
    await using pivoted = await start(words(pivot));
    assertEquals(rootOf(pivoted.pid), folder);
    assertEquals(rootOf(Deno.pid), "/");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test(
  "hostNameOf() is the name in another UTS namespace, and this thread comes back",
  requires({
    root: true,
    programs: ["unshare"],
  }),
  async () => {
    const before = inode("self", "uts");
    const script = 'hostname "$0"; echo ready; read x';
    await using box = await start(["unshare", "-u", "sh", "-c", script, "box"]);
    assertEquals(hostNameOf(box.pid), "box");
    assertNotEquals(hostNameOf(Deno.pid), "box");
    assertEquals(inode("thread-self", "uts"), before);
    assertNotEquals(Deno.hostname(), "box");
  },
);

Deno.test(
  "hostNameOf() is not known to who may not go there",
  requires({ root: false }),
  async () => {
    await using same = await start(WAIT);
    assertEquals(hostNameOf(same.pid), undefined);
    assertEquals(hostNameOf(1), undefined);
  },
);

Deno.test(
  "threadsElsewhere() has the threads that are in other namespaces",
  requires({
    root: true,
  }),
  async () => {
    await using holder = await start([...HOLD, "first"]);
    const found = threadsElsewhere(holder.pid, namespacesOf(holder.pid));
    assert(found.length > 1);
    for (const { tid, namespaces } of found) {
      assertEquals(namespaces, [{ type: "uts", ns: inode(`${holder.pid}/task/${tid}`, "uts") }]);
    }
    assertEquals(threadsElsewhere(Deno.pid, namespacesOf(Deno.pid)), []);
  },
);

Deno.test("parseTimeOffsets() reads both forms of the file", () => {
  const text = "monotonic           3600         0\nboottime             -60 500000000\n";
  const offsets = [
    { clock: "monotonic" as const, secs: 3600n, nanosecs: 0 },
    { clock: "boottime" as const, secs: -60n, nanosecs: 500_000_000 },
  ];
  assertEquals(parseTimeOffsets(text), offsets);
  assertEquals(parseTimeOffsets("1 3600 0\n7 -60 500000000\n"), offsets);
  assertEquals(parseTimeOffsets("nonsense\n"), []);
});

Deno.test(
  "timeOffsetsOf() are those of the process, not of its children",
  requires({
    ...nestable,
    namespaces: ["time"],
  }),
  async () => {
    const unshare = ["unshare", "-UrT", "--monotonic", "3600"];
    await using inside = await start([...unshare, "--fork", ...WAIT]);
    const offsets = timeOffsetsOf(inside.childOf());
    assertEquals(offsets?.find(({ clock }) => clock === "monotonic")?.secs, 3600n);
    assertEquals(timeOffsetsOf(inside.pid), undefined, "the file tells of its children");
    assertEquals(timeOffsetsOf(Deno.pid)?.map(({ nanosecs }) => nanosecs), [0, 0]);
  },
);
