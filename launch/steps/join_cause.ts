/** Why something cannot be joined: looks that take steps. */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { type Bytes, encode } from "../../ffi/bytes.ts";
import type { Builder, Outcome } from "../../engine/builder.ts";
import { type Content, readAll } from "../../engine/file.ts";
import { textAround } from "../../engine/text.ts";
import type { Place, Value, Variable } from "../../engine/value.ts";
import { elsewhere, livingThread, seenPath } from "../hints/join.ts";
import { eachNumber } from "./numbers.ts";

const NOTE = "look for the cause";

/** The most that is read of a mountinfo. */
const MOUNTS_BYTES = 1 << 20;

/** A link of /proc/PID/ns, as "mnt:[4026531840]". */
const LINK_BYTES = 16;

/** Has a look find what a search gives: a number, or 0 for none. */
function lookFor(s: Builder, name: string, search: () => Variable): void {
  s.look(name, (found) => {
    found.set(search());
    return found.isNot(0);
  });
}

/** Finds a thread of the target beside its first. */
export function lookForThread(s: Builder, target: number): void {
  lookFor(s, livingThread(target).kind, () => {
    const found = s.variable("thread", 0);
    eachNumber(s, `/proc/${target}/task`, NOTE, (thread, { leave }) => {
      s.if(thread.isNot(target), () => {
        found.set(thread);
        leave();
      });
    });
    return found;
  });
}

/** Finds a process in whose mount namespace a namespace is mounted at this path. */
export function lookElsewhere(s: Builder, path: Bytes): void {
  lookFor(s, elsewhere(path).kind, () => {
    // A mount has a file of nsfs as root: 36 35 0:4 net:[4026532281] /run/netns/one rw …
    const mount = encode(`] ${seenPath(path)} `);
    return findProcess(s)({ mount, length: mount.length }).process;
  });
}

/** Finds a process whose mountinfo has this text: 0 if there is none. */
const findProcess = (s: Builder) =>
  s.subroutine("process with a mount", {
    parameters: ["mount", "length"],
    results: ["process"],
  }, ({ mount, length, process }) => {
    process.set(0);
    const last = s.memory("mount namespace before", LINK_BYTES);
    const link = s.memory("mount namespace", LINK_BYTES);
    readLink(s, "/proc/self/ns/mnt", last, "ignored");
    eachNumber(s, "/proc", NOTE, (pid, { leave, next }) => {
      readLink(s, textAround(s, "/proc/", pid, "/ns/mnt"), link, next);
      // Those of one mount namespace are often one after the other.
      s.if(link.isSame(last, LINK_BYTES), next);
      for (let at = 0; at < LINK_BYTES; at += 8) s.store(last.at(at), link.at(at).word());
      const mounts = readMounts(s, pid, next);
      s.loop((search) => {
        mounts.start.set(mounts.start.seek("]".charCodeAt(0)));
        s.if(mounts.start.isAtLeast(mounts.end), search.leave);
        s.if(mounts.start.isSame(mount, length), () => {
          process.set(pid);
          leave();
        });
        mounts.start.advance();
      });
    });
  });

function readLink(s: Builder, path: Value, into: Place, fails: Outcome): void {
  s.call("readlinkat", [AT_FDCWD, path, into, LINK_BYTES], NOTE, { fails });
}

/** Reads the mountinfo of a process. `absent` is a block that is run if it has none, and leaves. */
function readMounts(s: Builder, pid: Variable, absent: () => void): Content {
  const path = textAround(s, "/proc/", pid, "/mountinfo");
  const file = s.call("openat", [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], NOTE, {
    result: "file",
    fails: absent,
  });
  const mounts = s.memory("mounts", MOUNTS_BYTES + 1);
  const length = readAll(s, file, mounts, { room: MOUNTS_BYTES, note: NOTE });
  const [start, end] = [s.variable("start", mounts), s.variable("end", mounts.plus(length))];
  // Where a search ends.
  s.store(end, "]".charCodeAt(0), { bytes: 1 });
  return { start, end };
}
