/** Filters of seccomp(2), and programs that run under them. */
import { PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER } from "../../ffi/abi/prctl.ts";
import { machineOf } from "../../ffi/machine/machine.ts";
import type { Syscall } from "../../ffi/abi/syscall.ts";
import { Builder } from "../../engine/builder.ts";
import { data, vector } from "../../engine/operand.ts";
import { withImage } from "../machine/run_image.ts";

/** What a filter does with what it refuses. */
const REFUSE = {
  /** SECCOMP_RET_ERRNO, EPERM */
  errno: 0x0005_0001,
  /** SECCOMP_RET_ERRNO, ENOSYS */
  absent: 0x0005_0026,
  /** SECCOMP_RET_KILL_PROCESS */
  kill: 0x8000_0000,
} as const;

/** What a filter refuses, and how. */
export interface Refused {
  readonly syscall: Syscall;
  /** Only if its first argument has one of these bits. */
  readonly bits?: number;
  /** Only if its second argument is this. */
  readonly second?: number;
  /** Default: errno. */
  readonly by?: keyof typeof REFUSE;
}

/** A filter that refuses one system call, and allows all others: struct sock_filter[]. */
export function filterAgainst({ syscall, bits, second, by = "errno" }: Refused): Uint8Array {
  const number = machineOf(Deno.build.arch).syscalls[syscall];
  // struct sock_filter { u16 code; u8 jt, jf; u32 k; }
  const program: readonly (readonly [code: number, jt: number, jf: number, k: number])[] = [
    [0x20, 0, 0, 0], // A = seccomp_data.nr
    [0x15, 0, bits === undefined && second === undefined ? 1 : 3, number], // if A is it,
    ...(bits === undefined ? [] : [
      [0x20, 0, 0, 16], // A = the low half of seccomp_data.args[0]
      [0x45, 0, 1, bits], // and has one of the bits,
    ] as const),
    ...(second === undefined ? [] : [
      [0x20, 0, 0, 24], // A = the low half of seccomp_data.args[1]
      [0x15, 0, 1, second], // and is that,
    ] as const),
    [0x06, 0, 0, REFUSE[by]], // refuse it
    [0x06, 0, 0, 0x7fff_0000], // return SECCOMP_RET_ALLOW
  ];
  const bytes = new DataView(new ArrayBuffer(8 * program.length));
  program.forEach(([code, jt, jf, k], i) => {
    bytes.setUint16(8 * i, code, true);
    bytes.setUint8(8 * i + 2, jt);
    bytes.setUint8(8 * i + 3, jf);
    bytes.setUint32(8 * i + 4, k, true);
  });
  return new Uint8Array(bytes.buffer);
}

/** Appends steps that install a filter. */
export function installFilter(s: Builder, refused: Refused): void {
  const filter = filterAgainst(refused);
  // struct sock_fprog { unsigned short len; struct sock_filter *filter; }
  const program = s.memory("program", 16);
  s.store(program, filter.length / 8);
  s.store(program, data(filter, "filter"), { offset: 8 });
  s.call("prctl", [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0], "for who is not root", { fails: "ignored" });
  s.call("prctl", [PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program], "filter", { fails: "ignored" });
}

/** Gives `use` the path of a program that runs a command under a filter. */
export function withFilter<T>(
  refused: Refused,
  command: readonly string[],
  use: (path: string) => Promise<T>,
): Promise<T> {
  const s = new Builder("main");
  installFilter(s, refused);
  const environ = s.stack.word().shiftedLeft(3).plus(s.stack).plus(16);
  s.call("execve", [command[0]!, vector(command), environ], "run it", { fails: "ignored" });
  s.exit(127, "exit: it was not executed");
  return withImage(s.plan("filter"), Deno.build.arch, (path) => {
    Deno.chmodSync(path, 0o755);
    return use(path);
  });
}
