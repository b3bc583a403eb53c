/** Files with given content. */
import { EBADF } from "../../ffi/abi/errno.ts";
import {
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
} from "../../ffi/abi/fcntl.ts";
import { MOUNT_ATTR_NODEV, MOUNT_ATTR_NOSUID, MOUNT_ATTR_RDONLY } from "../../ffi/abi/mount.ts";
import { not } from "../../engine/condition.ts";
import type { Failure } from "../../engine/failure.ts";
import { writeAll } from "../../engine/file.ts";
import type { Variable } from "../../engine/value.ts";
import { attach, openSource } from "./attach.ts";
import { MAKE, openDestination, openParent } from "./destination.ts";
import { makeHints } from "./hints.ts";
import { cannotAt, checkGiven, close, isSet, type Root } from "./root.ts";

const CHUNK_BYTES = 65536;

/** What is said of a descriptor that cannot be read. */
const cannotRead = (root: Root): Failure =>
  cannotAt(root, "write", [], [" with what descriptor ", { number: root.record.fd }, " has"]);

/** Looks at the descriptor, if it comes from one, before anything is opened. */
function checkSource(root: Root): void {
  const { s, record } = root;
  s.if(not(record.fd.isLess(0)), () => checkGiven(root, () => s.fail(cannotRead(root), EBADF)));
}

/** Writes what the record has, or what comes from its descriptor. */
function writeContent(root: Root, to: Variable): void {
  const { s, record } = root;
  s.subroutine("content", { parameters: ["to"] }, ({ to }) => {
    const failure = cannotAt(root, "write");
    s.if(record.fd.isLess(0), () => {
      writeAll(s, to, { start: record.source, length: record.length }, "its content", failure);
    }, {
      otherwise() {
        const chunk = s.memory("chunk", CHUNK_BYTES);
        s.loop(({ leave, next }) => {
          const got = s.call("read", [record.fd, chunk, CHUNK_BYTES], "its content", {
            result: "got",
            fails: {
              EINTR: next,
              otherwise: cannotRead(root),
            },
          });
          s.if(got.is(0), leave);
          writeAll(s, to, { start: chunk, length: got }, "its content", failure);
        }, { when: "until all is read" });
        close(s, record.fd, "it is not the program's");
      },
    });
    close(s, to);
  })({ to });
}

/** Writes a file in the new root. */
export function makeFile(root: Root): void {
  const { s, record, parent, last } = root;
  checkSource(root);
  openParent(root, 1);
  // A pipe that somebody has put there would wait for a reader.
  const flags = O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
  const file = s.call("openat", [parent, last, flags, record.mode], "the file", {
    result: "file",
    fails: {
      ENOTDIR: cannotAt(root, "create a directory above"),
      otherwise: cannotAt(root, "create", makeHints()),
    },
  });
  close(s, parent);
  writeContent(root, file);
}

/** Its name, as long as it has one, beside the new root. */
const HIDDEN = "data";

/** Mounts a file in memory. */
export function bindContent(root: Root): void {
  const { s, record, base, parent, last } = root;
  checkSource(root);
  const flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
  const file = s.call("openat", [base, HIDDEN, flags, record.mode], "a file in memory", {
    result: "file",
    fails: cannotAt(root, "create what is mounted on"),
  });
  writeContent(root, file);
  const at = openDestination(root, { make: MAKE.file, withParent: true });
  const source = openSource(root, { folder: base, path: HIDDEN });
  const attributes = s.variable("attributes", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  s.if(isSet(root, "readOnly"), () => attributes.set(attributes.or(MOUNT_ATTR_RDONLY)));
  attach(root, source, { folder: parent, name: last, at }, attributes);
  s.call("unlinkat", [base, HIDDEN, 0], "nothing else leads there", {
    fails: cannotAt(root, "remove what is mounted on"),
  });
  close(s, at);
  close(s, parent);
}
