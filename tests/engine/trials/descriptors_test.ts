// Descriptors: one that is sent over a socket, several that are waited for at once, and what is written to one.

import { assertEquals } from "@std/assert";
import type { Builder } from "../../../engine/builder.ts";
import { BACKSLASH } from "../../../engine/characters.ts";
import { readNumber, writeAll } from "../../../engine/file.ts";
import { List } from "../../../engine/list.ts";
import { type Struct, struct } from "../../../engine/struct.ts";
import { Text } from "../../../engine/text.ts";
import type { Place, Value, Variable } from "../../../engine/value.ts";
import { O_CLOEXEC } from "../../../ffi/abi/fcntl.ts";
import {
  AF_UNIX,
  MSG_CMSG_CLOEXEC,
  MSG_NOSIGNAL,
  SCM_RIGHTS,
  SOCK_CLOEXEC,
  SOCK_SEQPACKET,
  SOL_SOCKET,
} from "../../../ffi/abi/socket.ts";
import { POLLIN } from "../../../ffi/abi/wait.ts";
import { decode } from "../../../ffi/bytes.ts";
import { ARCHS, runs } from "../../machine/run_image.ts";
import { broken, tells, Trial } from "../trial.ts";
import { IOVEC, MSGHDR, POLLFD, RIGHTS, TIMESPEC } from "./structs.ts";

/** Two descriptors, as pipe2(2) and socketpair(2) give them. */
function ends(s: Builder, fill: (at: Place) => void): [Variable, Variable] {
  const at = s.memory("ends", 8);
  fill(at);
  return [s.variable("first", at.half()), s.variable("second", at.half(4))];
}

const pipe = (s: Builder): [Variable, Variable] =>
  ends(s, (at) => s.call("pipe2", [at, O_CLOEXEC], "a pipe", { fails: broken("cannot pipe") }));

function startChild(s: Builder, name: string, body: () => void): Variable {
  const words = { name, note: "start it", fails: broken("cannot start a process") };
  return s.startProcess(words, () => {
    body();
    s.exit(0, "its end");
  });
}

/** A message of one byte, with room for a descriptor. */
function message(s: Builder, byte: Place): {
  header: Struct<keyof typeof MSGHDR.fields> & { at: Place };
  rights: Struct<keyof typeof RIGHTS.fields> & { at: Place };
} {
  const rights = struct(s, "rights", RIGHTS);
  const vectors = struct(s, "vectors", IOVEC, { start: byte, bytes: 1 });
  const header = struct(s, "message", MSGHDR, {
    vectors: vectors.at,
    vectorCount: 1,
    control: rights.at,
    controlBytes: RIGHTS.bytes,
  });
  return { header, rights };
}

/** Sends a descriptor. @see unix(7) */
function sendDescriptor(s: Builder, socket: Value, fd: Value): void {
  const { header, rights } = message(s, s.memory("byte", 1));
  // The padding behind the descriptor is not counted.
  rights.fill({ bytes: 20, level: SOL_SOCKET, type: SCM_RIGHTS, descriptor: fd });
  const fails = broken("cannot send");
  s.call("sendmsg", [socket, header.at, MSG_NOSIGNAL], "send it", { fails });
}

/** Receives one. */
function receiveDescriptor(s: Builder, socket: Value): Variable {
  const { header, rights } = message(s, s.memory("byte", 1));
  const fails = broken("cannot receive");
  s.call("recvmsg", [socket, header.at, MSG_CMSG_CLOEXEC], "take it", { fails });
  s.if(rights.get("type").isNot(SCM_RIGHTS), () => s.fail(broken("there is no descriptor")));
  return s.variable("received", rights.get("descriptor"));
}

tells("a descriptor is sent over a socket", (s) => {
  const [here, there] = ends(
    s,
    (at) =>
      s.call("socketpair", [AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, at], "a socket", {
        fails: broken("cannot make a socket"),
      }),
  );
  startChild(s, "sender", () => {
    const [reads, writes] = pipe(s);
    s.call("write", [writes, "7", 1], "for who reads it", { fails: broken("cannot write") });
    sendDescriptor(s, there, reads);
  });
  const byte = s.memory("got", 1);
  const received = receiveDescriptor(s, here);
  s.call("read", [received, byte, 1], "read", { fails: broken("cannot read") });
  s.tell(byte.byte());
}, ["7".charCodeAt(0)]);

tells("three descriptors are waited for, and no longer than is meant", (s) => {
  const [early, writeEarly] = pipe(s);
  const [hold, release] = pipe(s);
  const byte = s.memory("byte", 1);
  startChild(s, "writer", () => {
    const short = struct(s, "short", TIMESPEC, { nanoseconds: 30_000_000 });
    s.call("ppoll", [0, 0, short.at, 0, 8], "a while", { fails: "ignored" });
    s.call("write", [writeEarly, "x", 1], "say it", { fails: broken("cannot write") });
  });
  const held = startChild(s, "held", () => {
    s.call("read", [hold, byte, 1], "until it is let go", { fails: broken("cannot read") });
  });
  const gone = s.call("pidfd_open", [held, 0], "its end", {
    result: "process",
    fails: broken("cannot open a process"),
  });
  const never = s.call("eventfd2", [0, 0], "what never comes", {
    result: "event",
    fails: broken("cannot make an event"),
  });
  const waited = new List(s, "waited", POLLFD, 3, () => s.exit(1, "it is full"));
  for (const fd of [early, gone, never]) waited.append({ fd, events: POLLIN, found: 0 });
  const count = waited.end.minus(waited.start).shiftedRight(3);
  // The kernel writes there how much is left.
  const limit = struct(s, "limit", TIMESPEC, { nanoseconds: 400_000_000 });
  s.loop(({ leave }) => {
    const ready = s.call("ppoll", [waited.start, count, limit.at, 0, 8], "wait", {
      result: "ready",
      fails: broken("cannot wait"),
    });
    s.if(ready.is(0), leave);
    waited.each((one, { next }) => {
      s.if(one.get("found").is(0), next);
      s.if(one.get("fd").is(early), () => {
        s.tell(0);
        s.call("write", [release, "x", 1], "let it go", { fails: broken("cannot write") });
      });
      s.if(one.get("fd").is(gone), () => s.tell(1));
      // One that is negative is not looked at.
      one.set("fd", -1);
    });
  });
  s.tell(-1, limit.get("seconds"), limit.get("nanoseconds"));
}, [0, 1, -1, 0, 0]);

const QUOTE = '"'.charCodeAt(0);

/** Appends the C string at an address as a JSON string. @see RFC 8259, section 7 */
function appendJson(s: Builder, text: Text, string: Variable): void {
  const digits = s.variable("digits", "0123456789abcdef");
  const at = s.variable("at", string);
  text.append('"');
  s.while(at.byte().isNot(0), () => {
    const byte = s.variable("byte", at.byte());
    s.if(byte.isOneOf(QUOTE, BACKSLASH), () => text.append("\\"));
    s.if(byte.isBelow(0x20), () => {
      text.append("\\u00");
      text.append({ start: digits.plus(byte.shiftedRight(4)), length: 1 });
      text.append({ start: digits.plus(byte.and(15)), length: 1 });
    }, { otherwise: () => text.append({ start: at, length: 1 }) });
    at.advance();
  });
  text.append('"');
}

/** Writes {"child-pid": PID, "argument": TEXT} to the descriptor that the first argument names. */
function writeJson(capacity: number): Trial {
  const s = new Trial();
  const fails = broken("cannot write JSON");
  const argument = (i: number): Variable => s.variable("argument", s.stack.word(8 * (1 + i)));
  const fd = readNumber(s, argument(1), () => s.fail(broken("it is no number")));
  const child = startChild(s, "child", () => {});
  const text = new Text(s, "JSON", capacity, fails);
  text.append('{"child-pid": ');
  text.appendDecimal(child);
  text.append(', "argument": ');
  appendJson(s, text, argument(2));
  text.append("}\n");
  writeAll(s, fd, text, "say who it is", fails);
  return s;
}

const HARD = 'a"b\\c\u0001\n\t\u001f\u007f/ü€𝄞\u2028';

for (const arch of ARCHS) {
  Deno.test(`${arch}: JSON is written to a descriptor, whatever is in it`, runs(arch), async () => {
    for (const argument of [HARD, ""]) {
      const outcome = await writeJson(1000).outcome(arch, { args: ["1", argument] });
      assertEquals([outcome.code, outcome.stderr], [0, ""]);
      const written = JSON.parse(decode(outcome.stdout));
      assertEquals(written.argument, argument);
      assertEquals(written["child-pid"] > 1, true);
    }
  });

  Deno.test(
    `${arch}: a text that does not fit is a failure of its own, and nothing is written`,
    runs(arch),
    async () => {
      const outcome = await writeJson(60).outcome(arch, { args: ["1", "\x01".repeat(20)] });
      assertEquals(
        [outcome.code, outcome.stderr, outcome.stdout.length],
        [9, "test: cannot write JSON: File name too long\n", 0],
      );
    },
  );
}
