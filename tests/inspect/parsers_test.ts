import { assertEquals } from "@std/assert";
import { encode } from "../../ffi/bytes.ts";
import { commandLine, parseCmdline } from "../../inspect/cmdline.ts";
import { unescapeName, unescapeOctal } from "../../inspect/escape.ts";
import { parseFdinfo } from "../../inspect/fdinfo.ts";
import { parseIdMap } from "../../ffi/abi/id_map.ts";
import { parseMountinfo, parseMountLine } from "../../inspect/mountinfo.ts";
import { parseNsLink, parseSocketLink } from "../../inspect/ns_link.ts";
import { parseStat } from "../../inspect/stat.ts";
import { parseStatus } from "../../inspect/status.ts";

// Recorded on Linux 6.18. "hostile" is a process in new user and PID namespaces that has named itself
// "a) S 7\nPid:\t1\\\x1b", to look like fields of stat and lines of status.
const RECORDED = new URL("../testdata/proc/", import.meta.url);
const bytes = (file: string): Uint8Array => Deno.readFileSync(new URL(file, RECORDED));
const text = (file: string): string => new TextDecoder().decode(bytes(file));

const HOSTILE = "a) S 7\nPid:\t1\\\x1b";

Deno.test("parseStatus() reads a process that imitates lines of status", () => {
  const status = parseStatus(text("hostile/status"))!;
  const { name, state, pid, tgid, uid, gid, nspid, threads, seccomp, noNewPrivs, kthread } = status;
  assertEquals(name, HOSTILE);
  assertEquals({ state, pid, tgid, threads }, { state: "S", pid: 9297, tgid: 9297, threads: 1 });
  assertEquals(nspid, [9297, 1], "the reader's first");
  assertEquals([uid, gid], [[0, 0, 0, 0], [0, 0, 0, 0]]);
  assertEquals(status.capEff, 0x1ffffffffffn);
  assertEquals({ seccomp, noNewPrivs, kthread }, { seccomp: 0, noNewPrivs: false, kthread: false });
});

Deno.test("parseStatus() reads a kernel thread", () => {
  const { name, pid, kthread } = parseStatus(text("kthread/status"))!;
  assertEquals({ name, pid, kthread }, { name: "kthreadd", pid: 2, kthread: true });
});

Deno.test("parseStatus() does with what an old kernel lacks", () => {
  const { nspid, capAmb, groups, kthread } = parseStatus("Name:\tx\nPid:\t7\nGroups:\t1 20 \n")!;
  assertEquals({ nspid, capAmb, groups }, { nspid: [7], capAmb: 0n, groups: [1, 20] });
  assertEquals(kthread, undefined);
});

Deno.test("parsers give undefined or nothing for what is not theirs", () => {
  for (const wrong of ["", "\n", "x", "1 (x", "1 (x) S", "Name:\tx", "a b c\n", "\0\0"]) {
    assertEquals(parseStatus(wrong), undefined, wrong);
    assertEquals(parseStat(wrong), undefined, wrong);
    assertEquals(parseFdinfo(wrong), undefined, wrong);
    assertEquals(parseMountinfo(wrong), [], wrong);
    assertEquals(parseNsLink(wrong), undefined, wrong);
    assertEquals(parseSocketLink(wrong), undefined, wrong);
  }
});

Deno.test("parseStat() finds the end of a name with brackets, spaces and a newline", () => {
  const stat = parseStat(text("hostile/stat"))!;
  assertEquals(stat, {
    pid: 9297,
    comm: HOSTILE,
    state: "S",
    ppid: 9295,
    pgrp: 9285,
    session: 7408,
    kthread: false,
    threads: 1,
    starttime: 584482,
  });
});

Deno.test("parseCmdline() keeps empty arguments, newlines and bytes that are not UTF-8", () => {
  const args = parseCmdline(bytes("hostile/cmdline"));
  assertEquals(args, ["x) R 1\n(\x1b[31m\\", "arg one\n", "", "\udcff\udcfe", HOSTILE]);
  assertEquals(encode(args[3]!), Uint8Array.of(0xff, 0xfe), "the bytes can be had again");
});

Deno.test("parseCmdline() gives nothing for a kernel thread", () => {
  assertEquals(parseCmdline(bytes("kthread/cmdline")), []);
});

Deno.test("parseCmdline() reads what a process wrote over its arguments", () => {
  assertEquals(parseCmdline(encode("sshd: me [priv]")), ["sshd: me [priv]"]);
  const padded = parseCmdline(encode("nginx: worker\0\0\0\0"));
  assertEquals(commandLine(padded), "nginx: worker");
});

Deno.test("parseMountinfo() undoes escapes, and tells optional fields by the separator", () => {
  const mounts = parseMountinfo(text("mountinfo"));
  assertEquals(mounts.map(({ mountPoint }) => mountPoint), [
    "/",
    "/tmp/recm/a b\tc\nd\\040e é",
    "/tmp/recm/empty",
    "/tmp/recm/net",
    "/tmp/recm/slave",
  ]);
  assertEquals(mounts.map(({ fsType }) => fsType), ["ext4", "tmpfs", "tmpfs", "nsfs", "tmpfs"]);
  assertEquals(mounts.map(({ optional }) => optional), [
    [],
    [],
    ["shared:3"],
    [],
    ["shared:4", "master:3"],
  ]);
  assertEquals(mounts[1]!.source, "sp ace - nsfs", "a source may look like a separator");
  assertEquals(mounts[2]!.source, "", "a source may be empty");
  assertEquals(mounts[2]!.superOptions, ["rw"]);
  assertEquals(parseNsLink(mounts[3]!.root), { type: "net", ns: 4026532180 });
  assertEquals(mounts[0], {
    id: 43,
    parent: 42,
    dev: "254:0",
    root: "/",
    mountPoint: "/",
    options: ["rw", "relatime"],
    optional: [],
    fsType: "ext4",
    source: "/dev/vda",
    superOptions: ["rw", "discard", "resv_strict", "resuid=65534", "resgid=65534"],
  });
});

Deno.test("parseMountLine() refuses a line that is cut off", () => {
  const line = "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue";
  assertEquals(parseMountLine(line)?.optional, ["master:1"]);
  for (const end of [0, 5, 20, 40]) assertEquals(parseMountLine(line.slice(0, end)), undefined);
});

Deno.test("parseMountinfo() reads fifty thousand lines", () => {
  const line = "36 35 98:0 / /mnt\\040x rw shared:1 - ext3 /dev/root rw\n";
  const mounts = parseMountinfo(line.repeat(50_000));
  assertEquals(mounts.length, 50_000);
  assertEquals(mounts.at(-1)?.mountPoint, "/mnt x");
});

Deno.test("unescapeOctal() leaves alone what is no escape", () => {
  assertEquals(unescapeOctal("a\\134040b"), "a\\040b", "what an escape gives is not read again");
  for (const text of ["plain", "\\", "\\04", "\\08x", "\\x20", "\\477", "é\\"]) {
    assertEquals(unescapeOctal(text), text);
  }
  assertEquals(unescapeOctal("\\303\\251 é"), "é é", "escaped bytes of one character");
});

Deno.test("unescapeName() reads backslashes from left to right", () => {
  assertEquals(unescapeName("a\\\\n"), "a\\n");
  assertEquals(unescapeName("a\\nb\\"), "a\nb\\");
});

Deno.test("parseNsLink() and parseSocketLink() tell namespaces from all else", () => {
  assertEquals(parseNsLink("mnt:[4026531841]"), { type: "mnt", ns: 4026531841 });
  const others = ["socket:[17]", "anon_inode:[eventfd]", "/tmp/mnt:[1]", "mnt:[1] (deleted)"];
  for (const link of [...others, "pipe:[5]", "mnt:[]", "pid_for_children:[1]"]) {
    assertEquals(parseNsLink(link), undefined, link);
  }
  assertEquals(parseSocketLink("socket:[17]"), 17);
  assertEquals(parseSocketLink("/tmp/socket:[17]"), undefined);
});

Deno.test("parseIdMap() reads a line a range", () => {
  assertEquals(parseIdMap(text("hostile/uid_map")), [{ inner: 0, outer: 0, count: 1 }]);
  assertEquals(parseIdMap(""), []);
  assertEquals(parseIdMap("         0       1000          1\n         1     100000      65536\n"), [
    { inner: 0, outer: 1000, count: 1 },
    { inner: 1, outer: 100000, count: 65536 },
  ]);
});

Deno.test("parseFdinfo() reads a pidfd and a plain file", () => {
  const pidfd =
    "pos:\t0\nflags:\t02000002\nmnt_id:\t4\nino:\t1014814\nPid:\t9349\nNSpid:\t9349\t12\n";
  assertEquals(parseFdinfo(pidfd), {
    pos: 0n,
    flags: 0o2000002,
    mntId: 4,
    ino: 1014814,
    pid: 9349,
    nspid: [9349, 12],
  });
  const far = parseFdinfo("pos:\t18446744073709551615\nflags:\t0100000\nmnt_id:\t29\n");
  assertEquals(far, { pos: 2n ** 64n - 1n, flags: 0o100000, mntId: 29 });
});
