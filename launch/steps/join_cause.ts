/** Why something cannot be joined: looks that take steps. */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { type Bytes, encode } from "../../ffi/bytes.ts";
import { elsewhere, livingThread, seenPath } from "../hints/join.ts";
import { FOUND_NUMBER, type Sequence, slot } from "../plan.ts";
import { textAround } from "../text_around.ts";
import { eachNumber } from "./numbers.ts";

/** The most that is read of a mountinfo. */
const MOUNTS_BYTES = 1 << 20;
const LINK_BYTES = 64;

/** Finds a thread of the target beside its first. */
export function lookForThread(s: Sequence, target: number): void {
  s.look(livingThread(target).name, (seen, notSeen) => {
    eachNumber(s, `/proc/${target}/task`, notSeen, () => {
      s.compute(FOUND_NUMBER, "set", slot("entry"));
      s.test("ifNot", [slot("entry"), target], seen);
    });
    s.jump(notSeen);
  });
}

/** Finds a process in whose mount namespace a namespace is mounted at this path. */
export function lookElsewhere(s: Sequence, path: Bytes): void {
  const needle = encode(`] ${seenPath(path)} `);
  const when = "look for the cause";
  s.look(elsewhere(path).name, (seen, notSeen) => {
    const own = s.buffer("mount namespace before", LINK_BYTES);
    const link = s.buffer("mount namespace", LINK_BYTES);
    const mounts = s.buffer("mounts", MOUNTS_BYTES + 8);
    const readLink = (
      of: ReturnType<typeof textAround> | string,
      into: typeof own,
      orElse: string,
    ) => s.call("readlinkat", [AT_FDCWD, of, into, LINK_BYTES], when, { orElse });
    readLink("/proc/self/ns/mnt", own, notSeen);
    eachNumber(s, "/proc", notSeen, () => {
      const [other, more, search, miss, next] = ["other", "more", "search", "miss", "next"]
        .map((name) => s.unique(name)) as [string, string, string, string, string];
      readLink(textAround(s, "/proc/", "entry", "/ns/mnt"), link, next);
      // Those of one mount namespace are often one after the other.
      s.test("ifSame", [link, own, "mnt:[4026531840]".length], next);
      s.compute("end", "copy", own, link, LINK_BYTES);
      s.call(
        "openat",
        [AT_FDCWD, textAround(s, "/proc/", "entry", "/mountinfo"), O_RDONLY | O_CLOEXEC, 0],
        when,
        { result: "file", orElse: next },
      );
      s.compute("length", "set", 0);
      s.label(more);
      s.compute("end", "add", mounts, slot("length"));
      s.compute("room", "sub", MOUNTS_BYTES, slot("length"));
      s.call("read", [slot("file"), slot("end"), slot("room")], when, {
        result: "got",
        orElse: other,
      });
      s.compute("length", "add", slot("length"), slot("got"));
      s.test("ifNot", [slot("got"), 0], more);
      s.label(other);
      s.call("close", [slot("file")], when);
      s.compute("end", "add", mounts, slot("length"));
      s.put(slot("end"), 0, 0);
      s.compute(FOUND_NUMBER, "set", slot("entry"));
      s.compute("at", "set", mounts);
      s.label(search);
      s.compute("at", "seek", slot("at"), "]".charCodeAt(0), 0);
      s.test("ifEqual", [slot("at"), slot("end")], miss);
      s.test("ifSame", [slot("at"), needle, needle.length], seen);
      s.compute("at", "add", slot("at"), 1);
      s.jump(search);
      s.label(miss);
      s.label(next);
    });
    s.jump(notSeen);
  });
}
