/** Structs of the kernel that steps point to: their bytes, and how strace shows them. */
import { SIGNALS, signalSet } from "../ffi/abi/signal.ts";
import { STX } from "../ffi/abi/statx.ts";
import { data, type Operand } from "../engine/operand.ts";
import { type Layout, layout } from "../engine/struct.ts";

function words(...values: readonly bigint[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => view.setBigUint64(8 * i, BigInt.asUintN(64, value), true));
  return new Uint8Array(view.buffer);
}

/** Bytes of struct kernel_sigaction { handler, flags, restorer, mask }. */
export const SIGACTION_BYTES = 32;

/** The default action of a signal. */
export const SIG_DFL: Operand = data(
  words(0n, 0n, 0n, 0n),
  "{sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}",
);

/** The same, to ignore the signal. */
export const SIG_IGN: Operand = data(
  words(1n, 0n, 0n, 0n),
  "{sa_handler=SIG_IGN, sa_mask=[], sa_flags=0}",
);

function limitText(value: bigint): string {
  if (value === 2n ** 64n - 1n) return "RLIM64_INFINITY";
  return value > 1024n && value % 1024n === 0n ? `${value / 1024n}*1024` : String(value);
}

/** struct rlimit64. */
export function rlimit(soft: bigint, hard: bigint): readonly [Uint8Array, string] {
  return [words(soft, hard), `{rlim_cur=${limitText(soft)}, rlim_max=${limitText(hard)}}`];
}

const nameOf = (signal: number): string | undefined =>
  Object.entries(SIGNALS).find(([, number]) => number === signal)?.[0].slice(3);

/** The kernel's sigset_t. */
export function sigset(...signals: readonly number[]): Operand {
  const names = [...signals].sort((a, b) => a - b).map((signal) =>
    nameOf(signal) ?? `RT_${signal - 32}`
  );
  return data(words(signalSet(...signals)), `[${names.join(" ")}]`);
}

/** The sigset_t of all signals; the kernel takes SIGKILL and SIGSTOP out. */
export const ALL_SIGNALS: Operand = data(words(-1n), "~[]");

/** The fields of struct statx that steps read. @see statx(2) */
export const STATX: Layout<"uid" | "gid" | "mode" | "ino" | "dev"> = layout(STX.bytes, {
  uid: [STX.uid, 4],
  gid: [STX.gid, 4],
  mode: [STX.mode, 2],
  ino: [STX.ino, 8],
  /** Major and minor number. */
  dev: [STX.dev_major, 8],
});

/** struct pollfd. @see poll(2) */
export const POLLFD: Layout<"fd" | "events" | "revents"> = layout(8, {
  fd: [0, 4],
  events: [4, 2],
  revents: [6, 2],
});

/** struct msghdr, and one struct iovec of it. @see sendmsg(2) */
export const MSGHDR: Layout<"parts" | "count" | "control" | "controlBytes"> = layout(56, {
  parts: [16, 8],
  count: [24, 8],
  control: [32, 8],
  controlBytes: [40, 8],
});
export const IOVEC: Layout<"base" | "bytes"> = layout(16, { base: [0, 8], bytes: [8, 8] });

/** struct cmsghdr with a descriptor behind it, and what aligns the next. @see cmsg(3) */
export const CMSGHDR: Layout<"bytes" | "level" | "type" | "fd"> = layout(24, {
  bytes: [0, 8],
  level: [8, 4],
  type: [12, 4],
  fd: [16, 4],
});

/** struct timespec of 0 seconds. The kernel writes the remaining time there. @see ppoll(2) */
export const NO_TIME: Operand = {
  kind: "data",
  bytes: words(0n, 0n),
  text: "{tv_sec=0, tv_nsec=0}",
  written: true,
};

/** struct __user_cap_data_struct [2]. @see capget(2) */
export const CAPABILITIES: Layout<
  | "effective"
  | "permitted"
  | "inheritable"
  | "effectiveHigh"
  | "permittedHigh"
  | "inheritableHigh"
> = layout(24, {
  effective: [0, 4],
  permitted: [4, 4],
  inheritable: [8, 4],
  effectiveHigh: [12, 4],
  permittedHigh: [16, 4],
  inheritableHigh: [20, 4],
});
