/**
 * Says which namespaces come and go.
 *
 *     deno run --allow-ffi watch.ts [SECONDS]
 */
import { listNamespaces } from "../mod.ts";

const end = Date.now() + 1000 * Number(Deno.args[0] ?? Infinity);

/** All namespaces, each by what it is called. */
const look = () => {
  const { namespaces } = listNamespaces();
  return new Map(namespaces.map((one) => [`${one.type}:[${one.ns}]`, one]));
};

for (let before = look(); Date.now() < end;) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  const now = look();
  for (const [name, { processes }] of now) {
    if (!before.has(name)) console.log(`+ ${name} with ${processes[0]?.comm ?? "no process"}`);
  }
  for (const name of before.keys()) if (!now.has(name)) console.log(`- ${name}`);
  before = now;
}
