/** Notes and refusals of a launch that are no call's failure. */
import { encode } from "../ffi/bytes.ts";
import { type Message, type Piece, piecesOf, variableOf, words } from "../engine/failure.ts";
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
  const { spec, request, fronts } = asked;
  const speaker = request.command === undefined ? spec.name : { string: request.command };
  const lines = fronts.map((front) => piecesOf(words`${speaker}: ${line}\n`, front));
  const [first = []] = lines;
  return lines.length === 1 && first.every((piece) => typeof piece === "string")
    ? knownLine(first.join(""))
    : openLine(asked, lines);
}

function knownLine(line: string): Span {
  const text = encode(line);
  return { start: text, length: text.length };
}

/** @param lines What each front end says, of which one speaks. */
function openLine({ s, request }: Start, lines: readonly (readonly Piece[])[]): Span {
  const text = new Text(s, "line", LINE_BYTES, "cut");
  const said = (pieces: readonly Piece[]): void => {
    for (const piece of pieces) {
      if (typeof piece === "string") text.append(piece);
      else if ("number" in piece) text.appendDecimal(slot(piece.number.name));
      else if (piece.string === request.command) text.appendString(request.command);
      else throw new Error("Cannot say a text that may be anybody's");
    }
  };
  const keyOf = (pieces: readonly Piece[]): string =>
    JSON.stringify(
      pieces.map((piece) => typeof piece === "string" ? piece : variableOf(piece).name),
    );
  if (new Set(lines.map(keyOf)).size === 1) said(lines[0]!);
  else s.switch(s.voice, lines.map((pieces, i) => [i, () => said(pieces)]), () => {});
  return text;
}

/** Ends the launch for a reason that is no system call's. */
export function refuse({ s }: Context, line: Message): void {
  s.fail(failed(line));
}
