/** Read locks that the init holds as long as there is a process. @see F_SETLK(2const) */
import { AT_FDCWD, F_SETLK, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { data, POINTER_BYTES } from "../../engine/operand.ts";
import { type Part, words } from "../../engine/failure.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { type Context, failed } from "../context.ts";
import { isParameter, type Parameter } from "../parameter.ts";
import { lockHints } from "./hints.ts";

/** How many there may be, where only the run knows which. */
const MOST_LOCKS = 4500;

/** struct flock of a read lock on all of a file. */
const READ_LOCK = data(
  new Uint8Array(32),
  "{l_type=F_RDLCK, l_whence=SEEK_SET, l_start=0, l_len=0}",
);

/** Locks, and the descriptors that they are held by. */
export interface Locks {
  take(): void;
  /** Runs a block with each descriptor. */
  each(body: (fd: Variable) => void): void;
}

export function locksOf({ s, spec: { lockFiles }, request }: Context): Locks {
  const known = isParameter(lockFiles) ? undefined : lockFiles ?? [];
  if (known?.length === 0) return { take() {}, each() {} };
  const fds = s.memory("locks", POINTER_BYTES * (known?.length ?? MOST_LOCKS));
  const end = s.variable("end of locks", fds);
  const take = (file: Value, path: Part): void => {
    const fd = s.call("openat", [AT_FDCWD, file, O_RDONLY | O_CLOEXEC, 0], "to lock", {
      result: "lock",
      fails: failed(words`cannot open the file to lock ${path}`),
    });
    s.call("fcntl", [fd, F_SETLK, READ_LOCK], "nobody may write as long as a process is there", {
      fails: failed(words`cannot lock ${path}`, lockHints()),
    });
    s.store(end, fd);
    end.advance(POINTER_BYTES);
  };
  return {
    take() {
      if (known) return known.forEach((file) => take(request.value(file), request.path(file)));
      s.if(request.isGiven(lockFiles), () => {
        const at = s.variable("file to lock", request.value(lockFiles as Parameter));
        s.while(at.word().isNot(0), () => {
          const file = s.variable("path of the file to lock", at.word()).said();
          take(file, { string: file, isPath: true });
          at.advance(POINTER_BYTES);
        });
      });
    },
    each: (body) => s.each([fds, end, POINTER_BYTES], (at) => body(s.variable("lock", at.word()))),
  };
}
