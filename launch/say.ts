/** Notes and refusals of a launch that are no call's failure. */
import { encode } from "../ffi/bytes.ts";
import { type Message, type Piece, piecesOf, words } from "../engine/failure.ts";
import { slot } from "../engine/operand.ts";
import { type Span, Text } from "../engine/text.ts";
import { type Context, failed } from "./context.ts";

/** More bytes than a line has. */
const LINE_BYTES = 512;

/** Prints a line on standard error. What only the run knows of it are numbers. */
export function say(context: Context, line: Message, when?: string): void {
  const { s, spec, request, front } = context;
  const speaker = request.command === undefined ? spec.name : { string: request.command };
  const pieces = piecesOf(words`${speaker}: ${line}\n`, front);
  const { start, length } = pieces.every((piece) => typeof piece === "string")
    ? knownLine(pieces.join(""))
    : openLine(context, pieces);
  s.call("write", [2, start, length], "say so", {
    fails: "ignored",
    ...(when === undefined ? {} : { when }),
  });
}

function knownLine(line: string): Span {
  const text = encode(line);
  return { start: text, length: text.length };
}

function openLine({ s, request }: Context, pieces: readonly Piece[]): Span {
  const text = new Text(s, "line", LINE_BYTES, "cut");
  for (const piece of pieces) {
    if (typeof piece === "string") text.append(piece);
    else if ("number" in piece) text.appendDecimal(slot(piece.number.name));
    else if (piece.string === request.command) text.appendString(request.command);
    else throw new Error("Cannot say a text that may be anybody's");
  }
  return text;
}

/** Ends the launch for a reason that is no system call's. */
export function refuse({ s }: Context, line: Message): void {
  s.fail(failed(line));
}
