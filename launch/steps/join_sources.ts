/** Where the namespaces to join come from: opens all of them before any is joined. */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { NAMESPACE_FLAGS, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { FILEID_NSFS, NS_GET_USERNS } from "../../ffi/abi/nsfs.ts";
import { SIOCGSKNS } from "../../ffi/abi/socket.ts";
import { type Bytes, display, encode } from "../../ffi/bytes.ts";
import {
  fileHints,
  idOfNamespaceHints,
  netSocketHints,
  parentHints,
  SAME_USER_HINT,
  targetFileHints,
} from "../hints/join.ts";
import { data, slot } from "../plan.ts";
import { type Join, joins } from "../spec.ts";
import { type Context, failed } from "./context.ts";
import { inodeOf } from "./inode.ts";
import { lookElsewhere } from "./join_cause.ts";
import { openPid } from "./join_pid.ts";
import { hasSetnsOfProcess, namespaceSlot, openOfTarget, TARGET } from "./join_target.ts";

/** The order in which namespaces are joined one by one: the user namespace gives rights to the others. */
export const JOIN_ORDER: readonly NamespaceType[] = [
  "user",
  "cgroup",
  "ipc",
  "uts",
  "net",
  "pid",
  "mnt",
  "time",
];

/** How namespaces are joined: by the target itself, several at once, or by descriptors, one by one. */
export interface Sources {
  /** These of the target at once. */
  readonly atOnce: readonly NamespaceType[];
  /** These each by the descriptor in slot `TYPE namespace`, which may be -1 for those that are only perhaps joined. */
  readonly alone: readonly NamespaceType[];
}

/** Where that depends: the slot with 1 if a user namespace is joined, and 0 if not. */
export const USER_JOINED = "user joined";

/** No descriptor. */
export const NONE = -1;

/** What a type's namespace is opened by, unless it is joined by the target itself. */
function openerOf(context: Context, join: Join, type: NamespaceType): (() => void) | undefined {
  const { files, ids, netSocket, userParent, namespaces, target } = join;
  if (type === "user" && userParent) return () => openParent(context, join);
  if (type === "net" && netSocket !== undefined) {
    return () => openSocket(context, netSocket, target!);
  }
  const path = files?.[type];
  if (path !== undefined) return () => openFile(context, type, path);
  const id = ids?.[type];
  if (id !== undefined) return () => openById(context, type, BigInt(id));
  if (!namespaces?.includes(type)) return undefined;
  if (type === "pid") return () => openPid(context, target!);
  // With --all it is looked at what the namespaces are: so they are held before.
  const isHeld = join.all || !hasSetnsOfProcess(context);
  return isHeld ? () => openOfTarget(context, target!, type) : undefined;
}

/**
 * Opens what is joined, and finds out what is. The user namespace comes last: a target may get into one
 * that it has made, but not out of it, so nothing that was opened before can be that one's, and be
 * joined without it.
 */
export function openNamespaces(context: Context, join: Join): Sources {
  const { spec } = context;
  const atOnce: NamespaceType[] = [];
  const alone: NamespaceType[] = [];
  for (const type of [...JOIN_ORDER.filter((type) => type !== "user"), "user"] as const) {
    const joined = joins(spec, type);
    if (joined === "no") continue;
    if (joined === "maybe") openIfNotShared(context, join.target!, type);
    const open = joined === "yes" ? openerOf(context, join, type) : undefined;
    open?.();
    (joined === "maybe" || open ? alone : atOnce).push(type);
    if (type === "user" && joined === "yes") checkUser(context, join, open !== undefined);
  }
  const inOrder = (types: readonly NamespaceType[]) =>
    JOIN_ORDER.filter((type) => types.includes(type));
  return { atOnce: inOrder(atOnce), alone: inOrder(alone) };
}

/** The flags of these namespaces. */
export function flagsOf(types: readonly NamespaceType[]): number {
  return types.reduce((flags, type) => flags | NAMESPACE_FLAGS[type], 0);
}

function openFile({ s }: Context, type: NamespaceType, path: Bytes): void {
  lookElsewhere(s, path);
  s.call("openat", [AT_FDCWD, encode(path), O_RDONLY | O_CLOEXEC, 0], `the ${type} namespace`, {
    result: namespaceSlot(type),
    failure: failed(`cannot open ${display(path)}`, fileHints(type, path)),
  });
}

/** By name_to_handle_at(2)'s struct file_handle { u32 handle_bytes; s32 handle_type; }, and in it u64 ns_id, u32 ns_type, ns_inum. */
function openById({ s, caller }: Context, type: NamespaceType, id: bigint): void {
  const handle = new DataView(new ArrayBuffer(24));
  handle.setUint32(0, 16, true);
  handle.setInt32(4, FILEID_NSFS, true);
  handle.setBigUint64(8, id, true);
  const bytes = new Uint8Array(handle.buffer);
  const hex = Array.from(bytes.subarray(8), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`);
  const shown = `{handle_bytes=16, handle_type=${FILEID_NSFS}, f_handle="${hex.join("")}"}`;
  s.call("openat", [AT_FDCWD, "/proc/self/ns/user", O_RDONLY | O_CLOEXEC, 0], "a file of nsfs", {
    result: "nsfs",
    failure: failed("cannot open /proc/self/ns/user"),
  });
  s.call(
    "open_by_handle_at",
    [slot("nsfs"), data(bytes, shown), O_RDONLY | O_CLOEXEC],
    `the ${type} namespace with id ${id}`,
    {
      result: namespaceSlot(type),
      failure: failed(`cannot open namespace of id ${id}`, idOfNamespaceHints(id, caller)),
    },
  );
  s.call("close", [slot("nsfs")], "that file is done");
}

function openSocket({ s, caller }: Context, socket: number, target: number): void {
  const hints = netSocketHints(socket, target, caller);
  s.call("pidfd_getfd", [TARGET, socket, 0], `the target's descriptor ${socket}`, {
    result: "socket",
    failure: failed(`cannot get descriptor ${socket} of the target`, hints),
  });
  s.call("ioctl", [slot("socket"), SIOCGSKNS, 0], "the network namespace that this socket is in", {
    result: namespaceSlot("net"),
    failure: failed(`descriptor ${socket} of the target`, hints),
  });
  s.call("close", [slot("socket")], "the socket is done");
}

/** The parent of a user namespace is what NS_GET_USERNS gives of it; of another one it is its owner. */
function openParent({ s, caller }: Context, { target, files = {} }: Join): void {
  const types = JOIN_ORDER.filter((type) => files[type] !== undefined);
  const path = files.user ?? (target === undefined ? files[types[0]!]! : `/proc/${target}/ns/user`);
  if (target === undefined) lookElsewhere(s, path);
  const hints = target === undefined ? fileHints("user", path) : targetFileHints(target, caller);
  s.call("openat", [AT_FDCWD, encode(path), O_RDONLY | O_CLOEXEC, 0], "whose parent is joined", {
    result: "below",
    failure: failed(`cannot open ${display(path)}`, hints),
  });
  s.call("ioctl", [slot("below"), NS_GET_USERNS, 0], "the parent user namespace", {
    result: namespaceSlot("user"),
    failure: failed("failed to open parent namespace", parentHints()),
  });
  s.call("close", [slot("below")], "only its parent is joined");
}

/**
 * Lets the kernel refuse to enter the caller's own user namespace while nothing has changed yet.
 *
 * @param isOpen Whether it is a descriptor.
 */
function checkUser({ s }: Context, { target }: Join, isOpen: boolean): void {
  const other = s.unique("other user namespace");
  const ask = "is it the caller's own?";
  inodeOf(s, "/proc/self/ns/user", "own inode", ask, { orElse: other });
  const file = isOpen ? slot(namespaceSlot("user")) : `/proc/${target}/ns/user`;
  inodeOf(s, file, "inode", ask, { orElse: other });
  s.test("ifNot", [slot("inode"), slot("own inode")], other);
  const message = isOpen
    ? "reassociate to namespace 'ns/user' failed"
    : "reassociate to namespaces failed";
  const fd = isOpen ? slot(namespaceSlot("user")) : TARGET;
  s.call("setns", [fd, NAMESPACE_FLAGS.user], "the kernel refuses to enter one's own again", {
    failure: failed(message, [SAME_USER_HINT]),
    when: "if it is",
  });
  s.label(other);
}

/** Of --all: opens a namespace, and leaves it out if the caller shares it. */
function openIfNotShared(context: Context, target: number, type: NamespaceType): void {
  const { s } = context;
  const [done, shared] = [s.unique("next"), s.unique("shared")];
  const fd = slot(namespaceSlot(type));
  const ask = `does the caller share the ${type} namespace?`;
  s.compute(fd.name, "set", NONE);
  if (type === "user") s.compute(USER_JOINED, "set", 0);
  // Kernels without it have no such file.
  inodeOf(s, `/proc/self/ns/${type}`, "own inode", ask, { orElse: done });
  if (type === "pid") openPid(context, target);
  else openOfTarget(context, target, type, "if this kernel has such");
  inodeOf(s, fd, "inode", ask, { when: "if this kernel has such" });
  s.test("ifEqual", [slot("inode"), slot("own inode")], shared);
  if (type === "user") s.compute(USER_JOINED, "set", 1);
  s.jump(done);
  s.label(shared);
  s.call("close", [fd], "the caller is in it", { when: "if it is shared" });
  s.compute(fd.name, "set", NONE);
  s.label(done);
}
