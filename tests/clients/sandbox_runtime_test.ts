import { exists, lacksOf } from "../requires.ts";
import { run } from "../support/nido.ts";
import type { Lack } from "../support/skip.ts";
import { testClient } from "./client.ts";

const PACKAGE = "node_modules/@anthropic-ai/sandbox-runtime/dist/cli.js";
const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";
const NEEDS = { programs: ["node", "npm", "rg", "socat"], root: true, userNamespaces: true };

/** Installs the package, with what it depends on, as the lock beside this file says. */
async function installed(folder: string): Promise<Lack[]> {
  for (const file of ["package.json", "package-lock.json"]) {
    Deno.copyFileSync(new URL(`sandbox_runtime/${file}`, import.meta.url), `${folder}/${file}`);
  }
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"];
  const env = exists(CERTIFICATES) ? { NODE_EXTRA_CA_CERTS: CERTIFICATES } : {};
  const { code, stderr } = await run(
    ["npm", "ci", "--prefix", folder, "--cache", `${folder}/cache`, "--loglevel=error", ...options],
    { env },
  );
  const what = `npm's registry: ${stderr.trim().split("\n")[0]}`;
  return code === 0 ? [] : [{ what, forGood: false }];
}

const folder = Deno.makeTempDirSync({ prefix: "nido-npm-" });
Deno.chmodSync(folder, 0o755);
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const lacks = [...lacksOf(NEEDS)];

testClient({
  name: "sandbox-runtime",
  needs: NEEDS,
  lacks: lacks.length > 0 ? [] : await installed(folder),
  env: {
    SETTINGS: JSON.stringify({
      network: { allowedDomains: [], deniedDomains: [] },
      filesystem: { denyRead: ["~/secret"], allowWrite: ["~/work"], denyWrite: ["~/work/kept"] },
    }),
    COMMAND: `id -u; pwd; cat ~/secret/file; echo no >~/no; echo no >kept/no; echo yes >yes; cat yes
      : </dev/tcp/1.1.1.1/80; grep ^Cap /proc/self/status; cd /proc; set -- [0-9]*; echo $#; kill -9 $$`,
  },
  script: `
    mkdir secret work work/kept
    echo secret >secret/file
    echo "$SETTINGS" >settings
    cd work
    node ${folder}/${PACKAGE} -s ../settings -c "$COMMAND"
    echo "status $?"
    ls -A . ..
  `,
});
