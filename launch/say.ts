/** Notes and refusals of a launch that are no call's failure. */
import { encode } from "../ffi/bytes.ts";
import { type Message, type Piece, piecesOf, words } from "../engine/failure.ts";
import { slot } from "../engine/operand.ts";
import { type Span, Text } from "../engine/text.ts";
import { type Context, failed, type Start } from "./context.ts";

/** More bytes than a line has. */
export const LINE_BYTES = 512;

/** Prints a line on standard error. What only the run knows of it are numbers. */
export function say(context: Context, line: Message, when?: string): void {
  const { s } = context;
  const { start, length } = lineOf(context, line);
  s.call("write", [2, start, length], "say so", {
    fails: "ignored",
    ...(when === undefined ? {} : { when }),
  });
}

/** A line as it is printed, with who speaks and its end. */
export function lineOf(asked: Start, line: Message): Span {
  const { spec, request, front } = asked;
  const speaker = request.command === undefined ? spec.name : { string: request.command };
  const pieces = piecesOf(words`${speaker}: ${line}\n`, front);
  return pieces.every((piece) => typeof piece === "string")
    ? knownLine(pieces.join(""))
    : openLine(asked, pieces);
}

function knownLine(line: string): Span {
  const text = encode(line);
  return { start: text, length: text.length };
}

function openLine({ s, request }: Start, pieces: readonly Piece[]): Span {
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
