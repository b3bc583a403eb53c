/**
 * Writes into a page what its commands print now:
 *
 *     deno run -A tests/docs/record.ts docs/walkthrough.md
 *
 * What to leave out (`…`) is then the writer's to say.
 */
import { agrees, type Exchange, parseTranscripts, replay } from "./transcript.ts";

const [path] = Deno.args;
const lines = Deno.readTextFileSync(path!).split("\n");
const changes: { exchange: Exchange; output: string[] }[] = [];
for (const session of parseTranscripts(lines.join("\n"))) {
  const outputs = await replay(session);
  session.exchanges.forEach((exchange, i) => {
    const output = outputs[i] ?? ["(nothing)"];
    if (!agrees(exchange.output, output)) changes.push({ exchange, output });
  });
}
// From the last to the first, so that places stay what they are.
changes.sort((a, b) => b.exchange.at - a.exchange.at);
for (const { exchange: { at, output: old }, output } of changes) {
  lines.splice(at, old.length, ...output);
}
Deno.writeTextFileSync(path!, lines.join("\n"));
