/** Reads frozen files back: the image and its symbols. The file may be anything. */
import { EHDR_BYTES, EM_AARCH64, EM_X86_64, PHDR_BYTES } from "../ffi/abi/elf.ts";
import { encode } from "../ffi/bytes.ts";
import { CODE_OFFSET, CONSTANTS_FILE_OFFSET, machineOf } from "../ffi/machine/machine.ts";
import { headersAndCode } from "./elf.ts";
import type { Program } from "./program.ts";
import { distanceOf } from "./segments.ts";
import { ImageError } from "./show/image.ts";
import { decodeSymbols, SYMBOLS_LINE } from "./symbols.ts";

/** A limit for zeroed memory, above that of any image. */
const MOST_ZEROS = 1 << 28;

function refuse(why: string): never {
  throw new ImageError(why);
}

const areSame = (some: Uint8Array, others: Uint8Array): boolean =>
  some.length === others.length && some.every((byte, i) => others[i] === byte);

/**
 * The program in a frozen file. All that is in front of its data is as nido writes it; the data itself, and
 * the symbols, may be anything.
 *
 * @param file The whole file.
 * @throws {ImageError} if it is none.
 */
export function readImage(file: Uint8Array): Program {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  if (file.length < EHDR_BYTES || view.getUint32(0) !== 0x7f454c46) refuse("it is no ELF file");
  const elf = view.getUint16(18, true);
  const arch = ({ [EM_X86_64]: "x86_64", [EM_AARCH64]: "aarch64" } as const)[elf];
  if (!arch || file.length < CONSTANTS_FILE_OFFSET) refuse("it is another kind of program");
  const machine = machineOf(arch);
  const field = (segment: number, at: number): number =>
    Number(view.getBigUint64(EHDR_BYTES + segment * PHDR_BYTES + at, true));
  const [constants, variables] = [field(1, 32), field(2, 32)];
  const variablesBytes = field(2, 40);
  const sizes = { constants, variables, variablesInMemory: variablesBytes };
  const front = headersAndCode(machine, sizes);
  const isFront = (start: number, end: number): boolean =>
    areSame(file.subarray(start, end), front.subarray(start, end));
  const headers = "its headers are not those that nido writes";
  if (!isFront(0, CODE_OFFSET) || variablesBytes < variables) refuse(headers);
  if (variablesBytes > MOST_ZEROS) refuse(headers);
  if (!isFront(CODE_OFFSET, CONSTANTS_FILE_OFFSET)) {
    refuse(
      "its code is not this nido's: another version has written it, or somebody has changed it",
    );
  }
  const middle = CONSTANTS_FILE_OFFSET + constants;
  const end = middle + variables;
  if (end > file.length) refuse("its end is missing");
  const line = encode(SYMBOLS_LINE);
  if (!areSame(file.subarray(end, end + line.length), line)) refuse("no symbols are at its end");
  const symbols = decodeSymbols(file.subarray(end)) ?? refuse("the symbols at its end are damaged");
  const distance = distanceOf(constants, machine.pageBytes);
  if (constants < 16 || view.getInt32(CONSTANTS_FILE_OFFSET, true) !== distance) refuse(headers);
  const layout = {
    constants: file.slice(CONSTANTS_FILE_OFFSET, middle),
    variables: file.slice(middle, end),
    variablesBytes,
    distance,
  };
  return { machine, layout, symbols };
}
