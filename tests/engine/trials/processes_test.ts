// Processes: a helper that is fed and does not end, and a container that is made by one program and started by another.

import { assert, assertEquals } from "@std/assert";
import type { Builder } from "../../../engine/builder.ts";
import { writeAll } from "../../../engine/file.ts";
import { data, type Operand, vector } from "../../../engine/operand.ts";
import { struct } from "../../../engine/struct.ts";
import type { Place, Value, Variable } from "../../../engine/value.ts";
import { AT_FDCWD, O_CLOEXEC, O_RDWR } from "../../../ffi/abi/fcntl.ts";
import { CLONE_NEWUSER, CLONE_NEWUTS } from "../../../ffi/abi/sched.ts";
import { SIGNALS } from "../../../ffi/abi/signal.ts";
import {
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  SOCK_CLOEXEC,
  SOCK_STREAM,
} from "../../../ffi/abi/socket.ts";
import { POLLIN, POLLOUT } from "../../../ffi/abi/wait.ts";
import { concat, decode } from "../../../ffi/bytes.ts";
import { requires } from "../../requires.ts";
import { broken, tells, Trial } from "../trial.ts";
import { POLLFD, TIMESPEC } from "./structs.ts";

const FED_BYTES = 1 << 20;

/** Waits until a descriptor is ready, or a process has ended: 0 if the time is up. */
function waitFor(s: Builder, [fd, events]: readonly [Value, number], time: Place): Variable {
  const one = struct(s, "one", POLLFD);
  one.fill({ fd, events, found: 0 });
  return s.call("ppoll", [one.at, 1, time, 0, 8], "wait", {
    result: "ready",
    fails: broken("cannot wait"),
  });
}

/** Gives bytes to a helper's standard input, and ends it when its time is up. Gives its status. */
function feed(s: Builder, script: Value, seconds: Value): Variable {
  const parameters = ["script", "seconds"] as const;
  return s.subroutine("feed", { parameters, results: ["status"] }, (given) => {
    const ends = s.memory("ends", 8);
    s.call("socketpair", [AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends], "its input", {
      fails: broken("cannot make a socket"),
    });
    const [input, its] = [s.variable("input", ends.half()), s.variable("its", ends.half(4))];
    const words = { name: "helper", note: "start it", fails: broken("cannot start it") };
    const helper = s.startProcess(words, () => {
      const fails = broken("cannot execute it");
      s.call("dup3", [its, 0, 0], "its input", { fails });
      const argv = s.variable("argv", vector(["sh", "-c", 0], "argv of helper"));
      s.store(argv, given.script, { offset: 16 });
      s.call("execve", ["/bin/sh", argv, vector([])], "become it", { fails });
      s.exit(1, "never");
    });
    s.call("close", [its], "the helper has it", { fails: "ignored" });
    const end = s.call("pidfd_open", [helper, 0], "its end", {
      result: "process",
      fails: broken("cannot open it"),
    });
    const time = struct(s, "time", TIMESPEC);
    time.fill({ seconds: given.seconds, nanoseconds: 200_000_000 });
    const kill = (): void => {
      s.call("pidfd_send_signal", [end, SIGNALS.SIGKILL, 0, 0], "end it", { fails: "ignored" });
    };
    s.block(({ leave }) => {
      const content = s.memory("content", FED_BYTES);
      const sent = s.variable("sent", 0);
      s.while(sent.isBelow(FED_BYTES), ({ next }) => {
        const left = s.variable("left", content.at(FED_BYTES).minus(content.plus(sent)));
        const flags = MSG_NOSIGNAL | MSG_DONTWAIT;
        const more = s.call("sendto", [input, content.plus(sent), left, flags, 0, 0], "feed it", {
          result: "more",
          fails: {
            EAGAIN: () => {
              s.if(waitFor(s, [input, POLLOUT], time.at).isNot(0), next);
              kill();
              leave();
            },
            // It has ended, or reads no more.
            EPIPE: leave,
            ECONNRESET: leave,
            otherwise: broken("cannot feed it"),
          },
        });
        sent.advance(more);
      });
    });
    s.call("close", [input], "that is all", { fails: "ignored" });
    s.if(waitFor(s, [end, POLLIN], time.at).is(0), kill);
    s.call("close", [end], "it has ended", { fails: "ignored" });
    const status = s.memory("status", 4);
    s.call("wait4", [helper, status, 0, 0], "its status", { fails: broken("cannot wait for it") });
    given.status.set(status.half());
  })({ script, seconds }).status;
}

tells("a helper is fed, and ended if it hangs", (s) => {
  s.tell(feed(s, "/bin/cat >/dev/null; exit 3", 60));
  const hanging = [
    // Reads nothing, reads no more, reads all but stays.
    "exec /bin/sleep 1000",
    "exec <&-; exec /bin/sleep 1000",
    "/bin/cat >/dev/null; exec /bin/sleep 1000",
  ];
  for (const helper of hanging) s.tell(feed(s, helper, 0));
  s.tell(feed(s, "exit 4", 60));
}, [0x300, SIGNALS.SIGKILL, SIGNALS.SIGKILL, SIGNALS.SIGKILL, 0x400]);

/** struct sockaddr_un, and its size. */
function socketAt(path: string): readonly [Operand, number] {
  const bytes = concat(Uint8Array.of(AF_UNIX, 0), path, "\0");
  return [data(bytes, path), bytes.length];
}

function socket(s: Builder): Variable {
  return s.call("socket", [AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0], "a socket", {
    result: "socket",
    fails: broken("cannot make a socket"),
  });
}

/** Makes a container whose first process waits for a word at a socket. Tells its PID. */
function create(s: Trial, path: string, program: Operand): void {
  const fails = broken("cannot create");
  const door = socket(s);
  s.call("bind", [door, ...socketAt(path)], "where start comes", { fails });
  s.call("listen", [door, 1], "let it come", { fails });
  const init = s.startProcess({ name: "init", note: "the container's first", fails }, () => {
    s.call("setsid", [], "of its own", { fails });
    const none = s.call("openat", [AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC, 0], "nothing", {
      result: "nothing",
      fails,
    });
    for (const fd of [0, 1, 2]) {
      s.call("dup3", [none, fd, 0], "who creates does not wait", { fails });
    }
    s.call("unshare", [CLONE_NEWUTS | (Deno.uid() === 0 ? 0 : CLONE_NEWUSER)], "its names", {
      fails,
    });
    s.call("sethostname", ["made", 4], "its name", { fails });
    const starter = s.call("accept4", [door, 0, 0, SOCK_CLOEXEC], "wait for start", {
      result: "starter",
      fails,
    });
    for (const fd of [1, 2]) s.call("dup3", [starter, fd, 0], "who starts it sees it", { fails });
    s.call("execve", ["/bin/sh", program, vector([])], "the program", { fails });
    s.exit(1, "never");
  });
  s.tell(init);
}

/** Starts it, and copies what it writes. */
function start(s: Trial, path: string): void {
  const fails = broken("cannot start");
  const door = socket(s);
  s.call("connect", [door, ...socketAt(path)], "let it go on", { fails });
  const room = s.memory("room", 1 << 16);
  s.loop(({ leave }) => {
    const length = s.call("read", [door, room, room.bytes], "what it says", {
      result: "length",
      fails,
    });
    s.if(length.is(0), leave);
    writeAll(s, 1, { start: room, length }, "pass it on", fails);
  });
}

Deno.test(
  "a container is made by one program, waits, and is started by another",
  requires(Deno.uid() === 0 ? { root: true } : { userNamespaces: true }),
  async () => {
    const folder = Deno.makeTempDirSync({ prefix: "nido-trial-" });
    const path = `${folder}/socket`;
    let pid = 0;
    try {
      const made = new Trial();
      create(
        made,
        path,
        vector(["sh", "-c", "read -r name </proc/sys/kernel/hostname; echo $name"]),
      );
      const created = await made.outcome(Deno.build.arch);
      assertEquals([created.code, created.stderr], [0, ""]);
      pid = Number(new DataView(created.stdout.slice().buffer).getBigUint64(0, true));
      // Its creator has ended; it waits.
      const comm = () => Deno.readTextFileSync(`/proc/${pid}/comm`);
      assert(!comm().startsWith("sh"));
      const starts = new Trial();
      start(starts, path);
      const started = await starts.outcome(Deno.build.arch);
      assertEquals([started.code, started.stderr, decode(started.stdout)], [0, "", "made\n"]);
      // Who comes again is refused.
      const again = new Trial();
      start(again, path);
      const { code, stderr } = await again.outcome(Deno.build.arch);
      assertEquals([code, stderr.split("\n")[0]], [9, "test: cannot start: Connection refused"]);
      pid = 0;
    } finally {
      if (pid > 0) Deno.kill(pid, "SIGKILL");
      Deno.removeSync(folder, { recursive: true });
    }
  },
);
