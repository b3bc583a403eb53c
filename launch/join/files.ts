/** Opens namespaces to join, in each way in which one can be named. */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { FILEID_NSFS, NS_GET_USERNS } from "../../ffi/abi/nsfs.ts";
import { SIOCGSKNS } from "../../ffi/abi/socket.ts";
import { type Bytes, display, encode } from "../../ffi/bytes.ts";
import { data, type Operand } from "../../engine/operand.ts";
import type { Variable } from "../../engine/value.ts";
import {
  fileHints,
  idOfNamespaceHints,
  netSocketHints,
  parentHints,
  targetFileHints,
} from "./hints.ts";
import type { Join } from "../spec.ts";
import { type Context, failed } from "../context.ts";
import { lookElsewhere } from "./cause.ts";
import { fdName, JOIN_ORDER } from "./order.ts";
import { openTargetFile } from "./target_files.ts";

/** A namespace of the target. */
export function openOfTarget(context: Context, target: number, type: NamespaceType): Variable {
  return openTargetFile(context, target, `/proc/${target}/ns/${type}`, {
    result: fdName(type),
    note: `the target's ${type} namespace`,
  });
}

/** The namespace that a file is, as /proc/PID/ns has them, or one that is bound to a path. */
export function openFile({ s }: Context, type: NamespaceType, path: Bytes): Variable {
  lookElsewhere(s);
  const args = [AT_FDCWD, encode(path), O_RDONLY | O_CLOEXEC, 0];
  return s.call("openat", args, `the ${type} namespace`, {
    result: fdName(type),
    fails: failed(`cannot open ${display(path)}`, fileHints(type, path)),
  });
}

/** The namespace with an id. @see open_by_handle_at(2) */
export function openById({ s }: Context, type: NamespaceType, id: bigint): Variable {
  const own = "/proc/self/ns/user";
  const nsfs = s.call("openat", [AT_FDCWD, own, O_RDONLY | O_CLOEXEC, 0], "a file of nsfs", {
    result: "nsfs",
    fails: failed(`cannot open ${own}`),
  });
  const args = [nsfs, fileHandle(id), O_RDONLY | O_CLOEXEC];
  const fd = s.call("open_by_handle_at", args, `the ${type} namespace with id ${id}`, {
    result: fdName(type),
    fails: failed(`cannot open namespace of id ${id}`, idOfNamespaceHints(id)),
  });
  s.call("close", [nsfs], "that file is done", { fails: "ignored" });
  return fd;
}

/** struct file_handle { u32 handle_bytes; s32 handle_type; }, and in it u64 ns_id, u32 ns_type, ns_inum. */
function fileHandle(id: bigint): Operand {
  const handle = new DataView(new ArrayBuffer(24));
  handle.setUint32(0, 16, true);
  handle.setInt32(4, FILEID_NSFS, true);
  handle.setBigUint64(8, id, true);
  const bytes = new Uint8Array(handle.buffer);
  const hex = Array.from(bytes.subarray(8), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`);
  return data(
    bytes,
    `{handle_bytes=16, handle_type=${FILEID_NSFS}, f_handle="${hex.join("")}"}`,
  );
}

/**
 * The network namespace that a socket of the target is in.
 *
 * @param pidfd The target's descriptor.
 * @param number The socket's, in the target.
 */
export function openSocket(
  { s }: Context,
  target: number,
  pidfd: Variable,
  number: number,
): Variable {
  const hints = netSocketHints(number, target);
  const socket = s.call("pidfd_getfd", [pidfd, number, 0], `the target's descriptor ${number}`, {
    result: "socket",
    fails: failed(`cannot get descriptor ${number} of the target`, hints),
  });
  const note = "the network namespace that this socket is in";
  const fd = s.call("ioctl", [socket, SIOCGSKNS, 0], note, {
    result: fdName("net"),
    fails: failed(`descriptor ${number} of the target`, hints),
  });
  s.call("close", [socket], "the socket is done", { fails: "ignored" });
  return fd;
}

/** The parent of a user namespace, or the owner of another one: NS_GET_USERNS gives both. */
export function openParent({ s }: Context, { target, files = {} }: Join): Variable {
  const first = JOIN_ORDER.find((type) => files[type] !== undefined);
  const file = files.user ?? (target === undefined ? files[first!] : undefined);
  const path = file ?? `/proc/${target}/ns/user`;
  if (file !== undefined) lookElsewhere(s);
  const hints = file === undefined ? targetFileHints(target!) : fileHints("user", file);
  const args = [AT_FDCWD, encode(path), O_RDONLY | O_CLOEXEC, 0];
  const below = s.call("openat", args, "whose parent is joined", {
    result: "below",
    fails: failed(`cannot open ${display(path)}`, hints),
  });
  const fd = s.call("ioctl", [below, NS_GET_USERNS, 0], "the parent user namespace", {
    result: fdName("user"),
    fails: failed("failed to open parent namespace", parentHints()),
  });
  s.call("close", [below], "only its parent is joined", { fails: "ignored" });
  return fd;
}
