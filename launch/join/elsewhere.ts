/** Finds a namespace that is bound to a file in another mount namespace. */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import type { Builder } from "../../engine/builder.ts";
import type { Outcome } from "../../engine/builder/calls.ts";
import { type Content, readAll } from "../../engine/file.ts";
import { type Span, textAround } from "../../engine/text.ts";
import type { Place, Value, Variable } from "../../engine/value.ts";
import type { When } from "../../engine/condition.ts";
import { eachNumber } from "../proc/numbers.ts";

const NOTE = "look for the cause";

/** The most that is read of a mountinfo. */
const MOUNTS_BYTES = 1 << 20;

/** A link of /proc/PID/ns, as "mnt:[4026531840]". */
const LINK_BYTES = 16;

/** Finds a process in whose mount namespace something is mounted. @param mount In a line of mountinfo. */
export function findElsewhere(s: Builder, found: Variable, mount: Span): When {
  const last = s.memory("mount namespace before", LINK_BYTES);
  const link = s.memory("mount namespace", LINK_BYTES);
  readLink(s, "/proc/self/ns/mnt", last, "ignored");
  eachNumber(s, "/proc", NOTE, (pid, { leave, next }) => {
    readLink(s, textAround(s, "/proc/", pid, "/ns/mnt"), link, next);
    // Those of one mount namespace are often one after the other.
    s.if(link.isSame(last, LINK_BYTES), next);
    for (let at = 0; at < LINK_BYTES; at += 8) s.store(last.at(at), link.at(at).word());
    const { start, end } = readMounts(s, pid, next);
    s.loop((search) => {
      start.set(start.seek("]".charCodeAt(0)));
      s.if(start.isAtLeast(end), search.leave);
      s.if(start.isSame(mount.start, mount.length), () => {
        found.set(pid);
        leave();
      });
      start.advance();
    });
  });
  return found.isNot(0);
}

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
