/** Opens namespaces to join, in each way in which one can be named. */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { FILEID_NSFS, NS_GET_USERNS } from "../../ffi/abi/nsfs.ts";
import { SIOCGSKNS } from "../../ffi/abi/socket.ts";
import { display } from "../../ffi/bytes.ts";
import type { Builder } from "../../engine/builder.ts";
import { type Hint, type Message, type Part, words } from "../../engine/failure.ts";
import { data } from "../../engine/operand.ts";
import { layout, struct } from "../../engine/struct.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { firstOf, type Way } from "../cases.ts";
import { failed } from "../context.ts";
import { isParameter, type Parameter, type Text } from "../parameter.ts";
import { fileHints, idOfNamespaceHints } from "./file_hints.ts";
import { parentHints } from "./hints.ts";
import type { Joining } from "./joining.ts";
import { namedFile } from "./named_file.ts";
import { fdName, JOIN_ORDER } from "./order.ts";
import { NONE } from "./target.ts";
import { openTargetFile } from "./target_files.ts";
import { netSocketHints, targetFileHints } from "./target_hints.ts";

/** A namespace of the target. */
export function openOfTarget(joining: Joining, type: NamespaceType): Variable {
  return openTargetFile(joining, `ns/${type}`, {
    result: fdName(type),
    note: `the target's ${type} namespace`,
  });
}

/** A path in messages. */
const said = ({ request }: Joining, path: Text): Part =>
  isParameter(path) ? request.path(path) : display(path);

/** From here on hints are about this file. */
export function workOn({ request, file }: Joining, path: Text): void {
  if (isParameter(path)) file!.set(request.value(path));
}

/** The namespace that a file is, as /proc/PID/ns has them, or one that is bound to a path. */
export function openFile(joining: Joining, type: NamespaceType, path: Text): Variable {
  const { s, request } = joining;
  workOn(joining, path);
  const args = [AT_FDCWD, request.value(path), O_RDONLY | O_CLOEXEC, 0];
  return s.call("openat", args, `the ${type} namespace`, {
    result: fdName(type),
    fails: failed(
      words`cannot open ${said(joining, path)}`,
      fileHints(type, namedFile(joining, path)),
    ),
  });
}

/** The namespace with an id. @see open_by_handle_at(2) */
export function openById(
  { s, request }: Joining,
  type: NamespaceType,
  id: bigint | number | Parameter,
): Variable {
  const own = "/proc/self/ns/user";
  const nsfs = s.call("openat", [AT_FDCWD, own, O_RDONLY | O_CLOEXEC, 0], "a file of nsfs", {
    result: "nsfs",
    fails: failed(`cannot open ${own}`),
  });
  const handle = isParameter(id) ? openHandle(s, request.value(id)) : knownHandle(BigInt(id));
  const args = [nsfs, handle, O_RDONLY | O_CLOEXEC];
  const note = `the ${type} namespace with id ${request.shown(id)}`;
  const fd = s.call("open_by_handle_at", args, note, {
    result: fdName(type),
    fails: failed(
      words`cannot open namespace of id ${request.number(id)}`,
      idOfNamespaceHints(request.number(id)),
    ),
  });
  s.call("close", [nsfs], "that file is done", { fails: "ignored" });
  return fd;
}

/** struct file_handle, and in it u64 ns_id, u32 ns_type, ns_inum. */
const HANDLE = layout(24, { bytes: [0, 4], type: [4, 4], id: [8, 8] });

/** What of it the handle is. */
const HANDLE_BYTES = 16;

function knownHandle(id: bigint): Value {
  const handle = new DataView(new ArrayBuffer(HANDLE.bytes));
  handle.setUint32(0, HANDLE_BYTES, true);
  handle.setInt32(4, FILEID_NSFS, true);
  handle.setBigUint64(8, id, true);
  const bytes = new Uint8Array(handle.buffer);
  const hex = Array.from(bytes.subarray(8), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`);
  return data(
    bytes,
    `{handle_bytes=16, handle_type=${FILEID_NSFS}, f_handle="${hex.join("")}"}`,
  );
}

const openHandle = (s: Builder, id: Value): Value =>
  struct(s, "handle", HANDLE, { bytes: HANDLE_BYTES, type: FILEID_NSFS, id }).at;

/**
 * The network namespace that a socket of the target is in.
 *
 * @param pidfd The target's descriptor.
 * @param asked The socket's, in the target.
 */
export function openSocket(
  joining: Joining,
  pidfd: Variable,
  asked: number | Parameter,
): Variable {
  const { s, target, request } = joining;
  const number = request.number(asked);
  const hints = netSocketHints(target, number);
  const note = `the target's descriptor ${request.shown(asked)}`;
  const socket = s.call("pidfd_getfd", [pidfd, request.value(asked), 0], note, {
    result: "socket",
    fails: failed(words`cannot get descriptor ${number} of the target`, hints),
  });
  const fd = s.call(
    "ioctl",
    [socket, SIOCGSKNS, 0],
    "the network namespace that this socket is in",
    {
      result: fdName("net"),
      fails: failed(words`descriptor ${number} of the target`, hints),
    },
  );
  s.call("close", [socket], "the socket is done", { fails: "ignored" });
  return fd;
}

/** The parent of a user namespace, or the owner of another one: NS_GET_USERNS gives both. */
export function openParent(joining: Joining): Variable {
  const { s } = joining;
  const below = openBelow(joining);
  const fd = s.call("ioctl", [below, NS_GET_USERNS, 0], "the parent user namespace", {
    result: fdName("user"),
    fails: failed("failed to open parent namespace", parentHints()),
  });
  s.call("close", [below], "only its parent is joined", { fails: "ignored" });
  return fd;
}

/** Opens the namespace whose parent is meant: that of a file, or the target's. */
function openBelow(joining: Joining): Variable {
  const { s, spec: { join }, target, request } = joining;
  const { files = {} } = join!;
  const open = (path: Value, shown: Part | Message, hints: Hint[]): Variable =>
    s.call("openat", [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], "whose parent is joined", {
      result: "below",
      fails: failed(words`cannot open ${shown}`, hints),
    });
  const byFile = (type: NamespaceType): Way[] => {
    const path = files[type];
    if (path === undefined) return [];
    return [[request.isGiven(path), () => {
      workOn(joining, path);
      return open(
        request.value(path),
        said(joining, path),
        fileHints("user", namedFile(joining, path)),
      );
    }]];
  };
  const ofTarget = (): Variable =>
    open(target.path("ns/user"), target.shown("ns/user"), targetFileHints(target));
  return firstOf(s, "below", [
    ...byFile("user"),
    [target.isGiven, ofTarget],
    ...JOIN_ORDER.filter((type) => type !== "user").flatMap(byFile),
  ], NONE);
}
