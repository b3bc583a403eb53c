/**
 * Puts the front of nido's binary in front of a program: `front.ts PROGRAM OUTPUT`. Where there is no
 * runtime for `deno compile`, Deno itself does behind it: what the front makes never starts it.
 *
 * @module
 */

import { frontImage } from "../front/image.ts";
import { putFront } from "../front/put.ts";

const [program, output] = Deno.args;
if (!program || !output) throw new Error("usage: front.ts PROGRAM OUTPUT");
await Deno.writeFile(output, putFront(await Deno.readFile(program), await frontImage()), {
  mode: 0o755,
});
