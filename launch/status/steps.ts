/** Tells descriptors how a launch goes. */
import { AT_FDCWD, F_GETFD, O_CLOEXEC, O_NONBLOCK, O_PATH } from "../../ffi/abi/fcntl.ts";
import { STATX_INO } from "../../ffi/abi/statx.ts";
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { writeAll } from "../../engine/file.ts";
import { struct } from "../../engine/struct.ts";
import { Text } from "../../engine/text.ts";
import type { Place, Value, Variable } from "../../engine/value.ts";
import { NO_PROC } from "../causes.ts";
import { type Context, failed } from "../context.ts";
import { STATX } from "../structs.ts";
import { exitCode } from "../wait/process.ts";

/** Who tells. */
export interface Teller {
  /** In the waiter: that the program's process is there. */
  tellChild(child: Variable): void;
  /** That it has ended. */
  tellEnd(status: Place): void;
  /** In the program's process: it tells nothing of that. */
  leave(): void;
  /** The program is about to be reached. */
  tellReached(): void;
}

/** The types that are told, in that order, and their links in /proc/self/ns. */
const TOLD: readonly (readonly [type: NamespaceType, link: string])[] = [
  ["cgroup", "cgroup"],
  ["ipc", "ipc"],
  ["mnt", "mnt"],
  ["net", "net"],
  ["pid", "pid_for_children"],
  ["uts", "uts"],
];

/** More than the text has: six names and as many numbers. */
const TEXT_BYTES = 512;

const SILENT: Teller = { tellChild() {}, tellEnd() {}, leave() {}, tellReached() {} };

/** Prepares it, before the waiter forks: its root may be another's by then. */
export function tellerOf(context: Context): Teller {
  const { s, spec: { infoFd, statusFd } } = context;
  const given = [infoFd, statusFd].filter((fd) => fd !== undefined);
  if (given.length === 0) return SILENT;
  for (const fd of given) {
    // Later the program would be there, and nobody to wait for it.
    s.call("fcntl", [fd, F_GETFD], "is it open?", {
      fails: failed(`cannot write to descriptor ${fd}`),
    });
  }
  const folder = s.call(
    "openat",
    [AT_FDCWD, "/proc/self/ns", O_PATH | O_CLOEXEC, 0],
    "to tell of",
    {
      result: "own namespaces",
      fails: failed("cannot open /proc/self/ns", NO_PROC),
    },
  );
  const reached = statusFd === undefined ? undefined : makePipe(context);
  const close = (fd: Value): void => {
    s.call("close", [fd], "it is told, and not the program's", { fails: "ignored" });
  };
  return {
    tellChild(child) {
      if (infoFd !== undefined) {
        tell(context, infoFd, object(context, folder, child, "\n    ", "\n}\n"));
        close(infoFd);
      }
      if (statusFd !== undefined) {
        tell(context, statusFd, object(context, folder, child, " ", " }\n"));
      }
      close(folder);
      if (reached) close(reached.writer);
    },
    tellEnd(status) {
      if (reached) tellCode(context, statusFd!, reached.reader, status);
    },
    leave() {
      for (const fd of [...given, folder]) close(fd);
      if (reached) close(reached.reader);
    },
    tellReached() {
      if (!reached) return;
      s.call("write", [reached.writer, "+", 1], "the program is next", { fails: "ignored" });
    },
  };
}

interface Pipe {
  readonly reader: Variable;
  readonly writer: Variable;
}

function makePipe({ s }: Context): Pipe {
  const ends = s.memory("reached pipe", 8);
  s.call("pipe2", [ends, O_CLOEXEC | O_NONBLOCK], "to see by whether the program was reached", {
    fails: failed("pipe failed"),
  });
  return { reader: s.variable("reader", ends.half()), writer: s.variable("writer", ends.half(4)) };
}

function tellCode(context: Context, fd: number, reader: Variable, status: Place): void {
  const { s } = context;
  const byte = s.memory("reached", 1);
  s.block(({ leave }) => {
    const got = s.call("read", [reader, byte, 1], "was the program reached?", {
      result: "got",
      fails: leave,
    });
    s.if(got.is(0), leave);
    const text = new Text(s, "end", TEXT_BYTES, "cut");
    const code = exitCode(s, status);
    text.append('{ "exit-code": ');
    text.appendDecimal(code);
    text.append(" }\n");
    tell(context, fd, text);
  });
}

/** An object with the PID and the inodes. */
function object(
  { s, spec, request }: Context,
  folder: Variable,
  child: Variable,
  indent: string,
  end: string,
): Text {
  const text = new Text(s, "status", TEXT_BYTES, "cut");
  text.append(`{${indent}"child-pid": `);
  text.appendDecimal(child);
  for (const [type, link] of TOLD) {
    s.if(request.includes(spec.namespaces, type), () => {
      const status = struct(s, "statx", STATX);
      s.block(({ leave }) => {
        s.call("statx", [folder, link, 0, STATX_INO, status.at], `the new ${type} namespace`, {
          fails: leave,
        });
        text.append(`,${indent}"${type}-namespace": `);
        text.appendDecimal(status.get("ino"));
      });
    });
  }
  text.append(end);
  return text;
}

function tell({ s }: Context, fd: number, { start, length }: Text): void {
  const failure = failed(`cannot write to descriptor ${fd}`);
  writeAll(s, fd, { start, length }, "tell how it goes", failure);
}
