import { assertEquals } from "@std/assert";
import { type PathHolding, pathHoldings, type PathWitness } from "../../cli/who/path_holding.ts";
import type { Busy } from "../../inspect/busy/find.ts";
import type { Hold } from "../../inspect/busy/processes.ts";
import { parseMountLine } from "../../inspect/mountinfo.ts";
import { parseStatus } from "../../inspect/status.ts";

const mount = parseMountLine("36 35 8:1 / /mnt/usb rw - vfat /dev/sdb1 rw")!;

const witness: PathWitness = {
  isRoot: true,
  isOwnProc: true,
  status: (pid) => parseStatus(`Name:\tprog\nPid:\t${pid}\nPPid:\t1\nThreads:\t1\nState:\tS\n`),
  isKernelThread: () => false,
  isAbove: (pid) => pid === 7,
  containerOf: (pid) => pid === 8 ? "docker web" : undefined,
  isLikeOwn: ({ owner }) => owner === 1,
};

const hold = (by: Hold["by"], fd?: number): Hold => ({
  by,
  path: "/mnt/usb/x",
  ...(fd === undefined ? {} : { fd }),
});

const other = { mount, ns: 9, pid: 8, here: false, isPeer: false };

const busy: Busy = {
  subject: { path: "/mnt/usb", kind: "mount", dev: "8:1", mount, root: "/" },
  nested: [],
  others: [other, { ...other, owner: 1, pid: 10 }],
  swaps: ["/mnt/usb/my swap"],
  loops: [{ device: "/dev/loop3", file: "/mnt/usb/image", dev: "8:1" }],
  builtOn: [],
  cgroups: [],
  processes: [
    { pid: 5, holds: [hold("exe"), hold("mapped"), hold("mapped"), hold("fd", 3)] },
    { pid: 6, holds: [3, 4, 5, 6, 7].map((fd) => hold("fd", fd)) },
    { pid: 7, holds: [hold("cwd")] },
    { pid: 8, holds: [hold("cwd")] },
  ],
  unreadable: 0,
};

const lines = (who: PathWitness, of = busy): string[] =>
  pathHoldings(of, true, who).map(({ what, free, note }: PathHolding) =>
    `${what} | ${free}${note === undefined ? "" : ` | ${note}`}`
  );

Deno.test("pathHoldings() has the most gentle first, and runs nothing of a container", () => {
  assertEquals(lines(witness), [
    "process 7 prog: working directory | cd / | it runs this nido",
    "swap /mnt/usb/my swap | swapoff '/mnt/usb/my swap'",
    "/dev/loop3, whose file is /mnt/usb/image | losetup -d /dev/loop3 | nido who /dev/loop3 tells who needs it",
    "process 6 prog: fd 3, fd 4, fd 5, 2 more | kill 6 | or let it close them",
    "process 8 prog of docker web: working directory | kill 8 | or let it change directory",
    "process 5 prog: program, fd 3, 2 mapped files | kill 5",
    "mounted on /mnt/usb in mnt:[9], docker web | nido who 'mnt:[9]' | it goes with that namespace; it keeps the file system",
    "mounted on /mnt/usb in mnt:[9] | umount -i -N 10 /mnt/usb | it keeps the file system",
  ]);
});

Deno.test("pathHoldings() names no PID to kill or to enter where /proc is another's", () => {
  const said = lines({ ...witness, isOwnProc: false });
  assertEquals(said.filter((line) => /kill|-N|cd/.test(line)), []);
  assertEquals(said.length, 8);
});

Deno.test("pathHoldings() tells others to be root", () => {
  assertEquals(
    lines({ ...witness, isRoot: false })[1],
    [
      "swap /mnt/usb/my swap | swapoff '/mnt/usb/my swap' | as root",
    ][0],
  );
});

Deno.test("pathHoldings() has no command where it is the root directory, or the device of that", () => {
  const root = parseMountLine("29 1 8:1 / / rw - ext4 /dev/sda1 rw")!;
  const subject = { path: "/", kind: "mount", dev: "8:1", mount: root, root: "/" } as const;
  const device = { path: "/dev/sda1", kind: "block device", dev: "8:1" } as const;
  const here = { ...other, mount: root, here: true };
  for (
    const 
      of of[{ ...busy, subject, nested: [mount] }, { ...busy, subject: device, others: [here] }]
  ) {
    const said = lines(witness, of);
    assertEquals(said.length > 6, true);
    assertEquals(said.filter((line) => !line.endsWith(" | null")), []);
  }
  const ofOther = { ...busy, subject: device, others: [{ ...here, here: false }] };
  assertEquals(
    lines(witness, ofOther).includes("process 5 prog: program, fd 3, 2 mapped files | kill 5"),
    true,
  );
});
