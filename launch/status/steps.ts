/** Tells descriptors how a launch goes. */
import {
  AT_FDCWD,
  F_GETFL,
  O_ACCMODE,
  O_CLOEXEC,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
} from "../../ffi/abi/fcntl.ts";
import { EBADF } from "../../ffi/abi/errno.ts";
import { STATX_INO } from "../../ffi/abi/statx.ts";
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { any, type When } from "../../engine/condition.ts";
import { type Failure, words } from "../../engine/failure.ts";
import { writeAll } from "../../engine/file.ts";
import { scratch } from "../../engine/struct.ts";
import { Text } from "../../engine/text.ts";
import type { Place, Value, Variable } from "../../engine/value.ts";
import { FEW_FILES, NO_PROC } from "../causes.ts";
import { type Context, failed } from "../context.ts";
import type { Parameter } from "../parameter.ts";
import { STATX } from "../structs.ts";
import { exitCode } from "../wait/process.ts";

/** Who tells. */
export interface Teller {
  /** Whether anything is told. */
  readonly isAsked: When;
  /** In the waiter: that the program's process is there. */
  tellChild(child: Variable): void;
  /** That it has ended. */
  tellEnd(status: Place): void;
  /** In the waiter: the descriptors that it needs for that. */
  eachKept(body: (fd: Value) => void): void;
  /** In the program's process: it tells nothing of that. */
  leave(): void;
  /** The program is about to be reached. */
  tellReached(): void;
  /** It was not, after all. */
  tellMissed(): void;
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

const SILENT: Teller = {
  isAsked: false,
  tellChild() {},
  tellEnd() {},
  eachKept() {},
  leave() {},
  tellReached() {},
  tellMissed() {},
};

/** Prepares it, before the waiter forks: its root may be another's by then. */
export function tellerOf(context: Context): Teller {
  const { s, spec: { infoFd, statusFd }, request } = context;
  const [isInfo, isStatus] = [request.isGiven(infoFd), request.isGiven(statusFd)];
  const isAsked = any(isInfo, isStatus);
  if (isAsked === false) return SILENT;
  const given = [infoFd, statusFd].filter((fd) => fd !== undefined);
  for (const fd of given) {
    request.ifGiven(s, fd, (fd) => {
      // Later the program would be there, and nobody to wait for it.
      const flags = s.call("fcntl", [request.value(fd), F_GETFL], "is it open?", {
        result: "flags",
        fails: cannotTell(context, fd),
      });
      s.if(flags.and(O_ACCMODE).is(O_RDONLY), () => s.fail(cannotTell(context, fd), EBADF));
    });
  }
  const folder = s.variableIf(isAsked, "own namespaces");
  s.if(isAsked, () => {
    s.call("openat", [AT_FDCWD, "/proc/self/ns", O_PATH | O_CLOEXEC, 0], "to tell of", {
      result: folder,
      fails: failed("cannot open /proc/self/ns", NO_PROC),
    });
  });
  const reached = makePipe(context, isStatus);
  const close = (fd: Value): void => {
    s.call("close", [fd], "it is told, and not the program's", { fails: "ignored" });
  };
  const say = (note: string): void => {
    s.if(isStatus, () => {
      s.call("write", [reached.writer, "+", 1], note, { fails: "ignored" });
    });
  };
  return {
    isAsked,
    tellChild(child) {
      request.ifGiven(s, infoFd, (fd) => {
        tell(context, fd, object(context, folder, child, "\n    ", "\n}\n"));
        close(request.value(fd));
      });
      request.ifGiven(s, statusFd, (fd) => {
        tell(context, fd, object(context, folder, child, " ", " }\n"));
      });
      s.if(isAsked, () => close(folder));
      s.if(isStatus, () => close(reached.writer));
    },
    tellEnd(status) {
      request.ifGiven(s, statusFd, (fd) => tellCode(context, fd, reached.reader, status));
    },
    eachKept(body) {
      request.ifGiven(s, statusFd, (fd) => {
        body(request.value(fd));
        body(reached.reader);
      });
    },
    leave() {
      for (const fd of given) request.ifGiven(s, fd, (fd) => close(request.value(fd)));
      s.if(isAsked, () => close(folder));
      s.if(isStatus, () => close(reached.reader));
    },
    tellReached: () => say("the program is next"),
    tellMissed: () => say("it could not be executed"),
  };
}

const cannotTell = ({ request }: Context, fd: number | Parameter): Failure =>
  failed(words`cannot write to descriptor ${request.number(fd)}`);

interface Pipe {
  readonly reader: Variable;
  readonly writer: Variable;
}

function makePipe({ s }: Context, isAsked: When): Pipe {
  const reader = s.variableIf(isAsked, "reader");
  const writer = s.variableIf(isAsked, "writer");
  s.if(isAsked, () => {
    const ends = s.memory("reached pipe", 8);
    s.call("pipe2", [ends, O_CLOEXEC | O_NONBLOCK], "to see by whether the program was reached", {
      fails: failed("pipe failed", [FEW_FILES]),
    });
    reader.set(ends.half());
    writer.set(ends.half(4));
  });
  return { reader, writer };
}

function tellCode(
  context: Context,
  fd: number | Parameter,
  reader: Variable,
  status: Place,
): void {
  const { s } = context;
  const bytes = s.memory("reached", 2);
  s.block(({ leave }) => {
    const got = s.call("read", [reader, bytes, 2], "was the program reached?", {
      result: "got",
      fails: leave,
    });
    // Nothing if it did not come so far, and two if it came no further.
    s.if(got.isNot(1), leave);
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
      const status = scratch(s, "statx", STATX);
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

function tell(context: Context, fd: number | Parameter, { start, length }: Text): void {
  const { s, request } = context;
  const failure = cannotTell(context, fd);
  writeAll(s, request.value(fd), { start, length }, "tell how it goes", failure);
}
