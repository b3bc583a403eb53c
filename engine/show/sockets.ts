/** Shows addresses and messages of sockets, and interfaces. @see socket(7), cmsg(3), netdevice(7) */
import * as socket from "../../ffi/abi/socket.ts";
import { type Argument, type Contents, half, quarter } from "./argument.ts";
import { family } from "./constants.ts";
import { decimal, flags, int, matching, type Show } from "./numbers.ts";
import { struct, structAt } from "./struct.ts";
import { array, contents, pointer, quote, quoteHex } from "./text.ts";
import { alignUp } from "../growing.ts";

/** struct sockaddr: the path of a Unix socket, up to its NUL; of another, its bytes. */
export const sockaddr: Show = structAt((memory, all) => {
  const kind = quarter(memory, 0);
  const rest = memory.bytes(2, Number(all[2]?.value ?? 2n) - 2);
  const isUnix = kind.value === BigInt(socket.AF_UNIX);
  return {
    sa_family: family(kind, []),
    sun_path: isUnix ? quote(rest.subarray(0, (rest.indexOf(0) + 1 || Infinity) - 1)) : undefined,
    sa_data: isUnix ? undefined : quote(rest),
  };
});

const vectorText = (memory: Contents, count: number): string =>
  array(count, (i) => {
    const [base, length] = [memory.word(16 * i), memory.word(16 * i + 8)];
    const text = contents((there) => quoteOf(there, length))(base, []);
    return struct({ iov_base: text, iov_len: decimal(length, []) });
  });

/** struct iovec, as many as the next argument says. */
export const iovec: Show = contents((memory, all) =>
  vectorText(memory, Number(all[2]?.value ?? 0n))
);

/** struct cmsghdr, all of them. */
function control(memory: Contents, length: number): string {
  const shown: string[] = [];
  for (let at = 0; at + 16 <= length;) {
    const size = Number(memory.word(at).value ?? 0n);
    const [level, type] = [half(memory, at + 8).value, half(memory, at + 12).value];
    const isRights = level === BigInt(socket.SOL_SOCKET) && type === BigInt(socket.SCM_RIGHTS);
    const data = isRights
      ? array((size - 16) / 4, (i) => int(half(memory, at + 16 + 4 * i), []))
      : quoteHex(memory.bytes(at + 16, size - 16));
    shown.push(struct({
      cmsg_len: String(size),
      cmsg_level: level === BigInt(socket.SOL_SOCKET) ? "SOL_SOCKET" : String(level),
      cmsg_type: isRights ? "SCM_RIGHTS" : String(type),
      cmsg_data: data,
    }));
    if (size < 16) break;
    at += alignUp(size, 8);
  }
  return `[${shown.join(", ")}]`;
}

/** struct msghdr */
export const msghdr: Show = structAt((memory) => {
  const [count, controlBytes] = [memory.word(24), memory.word(40)];
  const shown = contents((there) => vectorText(there, Number(count.value ?? 0n)))(
    memory.word(16),
    [],
  );
  const hasControl = memory.word(32).value !== 0n;
  return {
    msg_name: pointer(memory.word(0), []),
    msg_namelen: int(half(memory, 8), []),
    msg_iov: shown,
    msg_iovlen: decimal(count, []),
    msg_control: hasControl
      ? contents((there) => control(there, Number(controlBytes.value ?? 0n)))(memory.word(32), [])
      : undefined,
    msg_controllen: decimal(controlBytes, []),
    msg_flags: int(half(memory, 48), []),
  };
});

function quoteOf(memory: Contents, length: Argument): string {
  const bytes = length.value === undefined
    ? memory.string()
    : memory.bytes(0, Number(length.value));
  return quote(bytes);
}

const interfaceFlags = flags(() => matching(socket, /^IFF_/));

/** struct ifreq, with flags in its union. */
export const ifreq: Show = structAt((memory) => ({
  ifr_name: quote(memory.string()),
  ifr_flags: interfaceFlags(quarter(memory, 16), []),
}));
