/** Shows programs of seccomp filters as strace(1) does. @see linux/filter.h, linux/bpf_common.h, seccomp(2) */
import { type Argument, type Contents, half, quarter } from "./argument.ts";
import { type Show, unsigned } from "./numbers.ts";
import { array, contents } from "./text.ts";

const CLASSES = ["LD", "LDX", "ST", "STX", "ALU", "JMP", "RET", "MISC"];
const SIZES: Readonly<Record<number, string>> = { 0: "W", 8: "H", 0x10: "B" };
const MODES: Readonly<Record<number, string>> = {
  0: "IMM",
  0x20: "ABS",
  0x40: "IND",
  0x60: "MEM",
  0x80: "LEN",
  0xa0: "MSH",
};
const ALU = ["ADD", "SUB", "MUL", "DIV", "OR", "AND", "LSH", "RSH", "NEG", "MOD", "XOR"];
const JUMPS = ["JA", "JEQ", "JGT", "JGE", "JSET"];

const ACTIONS: Readonly<Record<number, string>> = {
  0x80000000: "KILL_PROCESS",
  0: "KILL_THREAD",
  0x00030000: "TRAP",
  0x00050000: "ERRNO",
  0x7fc00000: "USER_NOTIF",
  0x7ff00000: "TRACE",
  0x7ffc0000: "LOG",
  0x7fff0000: "ALLOW",
};

const hex = (value: number): string => value === 0 ? "0" : `0x${value.toString(16)}`;

/** What an instruction does: its class, and what that goes with. */
function codeText(code: number): string {
  const kind = CLASSES[code & 7]!;
  const parts = (): readonly (string | undefined)[] => {
    switch (kind) {
      case "LD":
      case "LDX":
        return [SIZES[code & 0x18], MODES[code & 0xe0]];
      case "ALU":
        return [(code & 8) === 0 ? "K" : "X", ALU[code >> 4 & 15]];
      case "JMP":
        return [(code & 8) === 0 ? "K" : "X", JUMPS[code >> 4 & 15]];
      case "RET":
        return [{ 0: "K", 8: "X", 0x10: "A" }[code & 0x18]];
      case "MISC":
        return [(code & 0x80) === 0 ? "TAX" : "TXA"];
      default:
        return [];
    }
  };
  return [kind, ...parts()].map((part) => `BPF_${part ?? "???"}`).join("|");
}

/** What a filter decides: an action, and data of it. */
function actionText(value: number): string {
  const action = ACTIONS[(value & 0xffff0000) >>> 0];
  if (action === undefined) return hex(value);
  return `SECCOMP_RET_${action}${(value & 0xffff) === 0 ? "" : `|${hex(value & 0xffff)}`}`;
}

/** struct sock_filter { u16 code; u8 jt, jf; u32 k; } */
function instruction(memory: Contents, offset: number): string {
  const code = Number(quarter(memory, offset).value);
  const [jt = 0, jf = 0] = memory.bytes(offset + 2, 2);
  const k = Number(half(memory, offset + 4).value);
  if (jt !== 0 || jf !== 0) {
    return `BPF_JUMP(${codeText(code)}, ${hex(k)}, ${hex(jt)}, ${hex(jf)})`;
  }
  const isReturn = (code & 7) === 6 && (code & 0x18) === 0;
  return `BPF_STMT(${codeText(code)}, ${isReturn ? actionText(k) : hex(k)})`;
}

/** struct sock_fprog { unsigned short len; struct sock_filter *filter; } */
export const filterProgram: Show = contents((memory) => {
  const length: Argument = quarter(memory, 0);
  const filter = contents((program) =>
    array(Number(length.value), (i) => instruction(program, 8 * i))
  );
  return `{len=${unsigned(length, [])}, filter=${filter(memory.word(8), [])}}`;
});
