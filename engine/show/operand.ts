/** The arguments of a plan's calls as they are shown without running it: names stand for what only the run knows. */
import type { Call } from "../plan.ts";
import { type Operand, shownName } from "../operand.ts";
import type { Argument, Contents } from "./argument.ts";
import { callText } from "./call.ts";
import { quote, string } from "./text.ts";

const NOTHING: Argument = { value: 0n };

function read(bytes: Uint8Array, offset: number, length: number): Uint8Array {
  return bytes.subarray(offset, offset + length);
}

function wordOf(bytes: Uint8Array, offset: number): Argument {
  let value = 0n;
  for (let i = 8; i-- > 0;) value = value << 8n | BigInt(bytes[offset + i] ?? 0);
  return { value };
}

function contentsOf(bytes: Uint8Array, text?: string): Contents {
  return {
    bytes: (offset, length) => read(bytes, offset, length),
    string: () => bytes.subarray(0, bytes.indexOf(0) < 0 ? bytes.length : bytes.indexOf(0)),
    word: (offset) => wordOf(bytes, offset),
    ...(text === undefined ? {} : { text }),
  };
}

/** An array whose elements may be values of slots. */
function vectorOf(items: readonly Operand[]): Contents {
  const numbers = (): Uint8Array => {
    const words = items.map((item) => item.kind === "number" ? item.value : 0n);
    return new Uint8Array(BigUint64Array.from(words, (word) => BigInt.asUintN(64, word)).buffer);
  };
  return {
    bytes: (offset, length) => read(numbers(), offset, length),
    string: numbers,
    word: (offset) => offset / 8 < items.length ? argumentOf(items[offset / 8]!) : NOTHING,
  };
}

function argumentOf(operand: Operand): Argument {
  switch (operand.kind) {
    case "number":
      return { value: BigInt.asUintN(64, operand.value) };
    case "text":
      return { value: undefined, contents: contentsOf(operand.bytes) };
    case "data":
      return { value: undefined, contents: contentsOf(operand.bytes, operand.text) };
    case "slot": {
      const { name, text, begins } = operand;
      if (begins?.kind !== "vector") {
        return { value: undefined, name: text ?? `<${shownName(name)}>` };
      }
      const items = begins.items.map((item) => string(argumentOf(item), []));
      return { value: undefined, name: `[${[...items, `<${shownName(name)}>...`].join(", ")}]` };
    }
    case "address":
      return { value: undefined, place: `&${shownName(operand.name)}` };
    case "vector":
      return { value: undefined, contents: vectorOf(operand.items) };
    case "label":
      return { value: undefined, name: operand.label };
    case "failure":
      return { value: undefined, name: quote(new Uint8Array()) };
  }
}

/** How a variable is shown where its value is not known. */
export const staticName = (operand: Operand): string => argumentOf(operand).name ?? "?";

/** A call of a plan, as strace(1) shows it; `<name>` stands for an earlier result. */
export function stepText({ syscall, args }: Call): string {
  return callText(syscall, args.map(argumentOf));
}

/** The same with other names of some arguments. */
export function stepTextWith(
  { syscall, args }: Call,
  nameOf: (arg: Operand, i: number) => string | undefined,
): string {
  const shown = args.map((arg, i): Argument => {
    const name = nameOf(arg, i);
    return name === undefined ? argumentOf(arg) : { value: undefined, name };
  });
  return callText(syscall, shown);
}
