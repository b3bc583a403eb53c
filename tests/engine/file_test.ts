// Files that plans read, run on both architectures.

import { assertEquals } from "@std/assert";
import { COLON, SPACE } from "../../engine/characters.ts";
import { eachLine, nextField, readAll, readNumber, readText, skip } from "../../engine/file.ts";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { broken, tells, Trial } from "./trial.ts";

const PASSWD = await Deno.makeTempFile();
const LONG = await Deno.makeTempFile();
Deno.writeTextFileSync(PASSWD, "ann:x:10:4294967295\nbob:x:  7\n\ncy:x:abc\nd:x:4294967296:1");
Deno.writeTextFileSync(LONG, "1".repeat(5000));
globalThis.addEventListener("unload", () => {
  for (const path of [PASSWD, LONG]) Deno.removeSync(path);
});

const read = (s: Trial, path: string, room = 4096) =>
  readText(s, path, {
    room,
    note: "read it",
    cannotOpen: { ENOENT: "ignored", otherwise: broken("cannot open it") },
    cannotRead: broken("cannot read it"),
  });

tells("lines have fields, and fields numbers", (s) => {
  eachLine(s, read(s, PASSWD), (line, { next }) => {
    nextField(s, line);
    nextField(s, line);
    skip(s, line, SPACE);
    const number = readNumber(s, line, () => {
      s.tell(-1);
      next();
    });
    s.tell(number);
    s.if(line.byte().isNot(COLON), next);
    line.advance();
    s.tell(readNumber(s, line, next));
  });
}, [10, 4294967295, 7, -1, -1, -1]);

tells("a file that is not there is empty", (s) => {
  eachLine(s, read(s, "/no/such/file"), () => s.tell(1));
  s.tell(2);
}, [2]);

tells("what cannot be read is at its end, where that is no failure", (s) => {
  for (const path of ["/dev/null", "/"]) {
    const args = [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0];
    const fd = s.call("openat", args, "open it", { result: "file", fails: broken("cannot open") });
    s.tell(readAll(s, fd, s.memory("content", 8), { room: 8, note: "read it" }));
  }
}, [0, 0]);

Deno.test("a file that is longer than its room is refused", async () => {
  const s = new Trial();
  read(s, LONG);
  const { code, stderr } = await s.outcome(Deno.build.arch);
  assertEquals([code, stderr], [9, "test: cannot read it: File too large\n"]);
});

const WORDS = [
  "7:",
  "4294967295:",
  "00012 ",
  "4294967296\n",
  "99999999999999999999:",
  "-1:",
  "+1",
  ":",
];

tells("numbers are read up to 32 bits, and nothing else is one", (s) => {
  for (const word of WORDS) {
    s.block(({ leave }) => {
      const at = s.variable("at", word);
      const number = readNumber(s, at, () => {
        s.tell(-1);
        leave();
      });
      s.tell(number, at.byte());
    });
  }
}, [7, COLON, 4294967295, COLON, 12, SPACE, -1, -1, -1, -1, -1]);
