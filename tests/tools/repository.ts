/** A repository of its own for ./dev, with a program of a few lines in place of nido. */
import { copy } from "@std/fs";

export interface Result {
  code: number;
  signal: string | null;
  stdout: string;
  stderr: string;
}

export interface Options {
  dev?: string;
  env?: Record<string, string>;
  cwd?: string;
  stdin?: string;
  uid?: number;
}

/** Runs its ./dev. */
export type Dev = (args: string[], options?: Options) => Promise<Result>;

const REPOSITORY = decodeURI(new URL("../..", import.meta.url).pathname);

/** The environment of ./dev, unless another is given. */
export const BASE = {
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  DENO: Deno.execPath(),
  NIDO_INSTALL: "0",
};

/** Makes the repository, whose cli.ts is this program. */
export async function withRepository(
  program: string,
  check: (
    root: string,
    dev: Dev,
  ) => Promise<void>,
) {
  const root = await Deno.makeTempDir({ prefix: "nido dev " });
  try {
    for (const path of ["dev", "deno.json", "tools"]) {
      await copy(REPOSITORY + path, `${root}/${path}`);
    }
    await Deno.writeTextFile(`${root}/cli.ts`, program);
    await Deno.mkdir(`${root}/.deno`);
    await Deno.writeTextFile(`${root}/.deno/std`, "stand-ins\n");
    const run = async (args: string[], options: Options = {}): Promise<Result> => {
      const child = new Deno.Command(options.dev ?? `${root}/dev`, {
        args,
        cwd: options.cwd ?? "/",
        clearEnv: true,
        env: options.env ?? BASE,
        ...options.uid === undefined ? {} : { uid: options.uid },
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(options.stdin ?? "")).catch(() => {});
      await writer.close().catch(() => {});
      const { code, signal, stdout, stderr } = await child.output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, signal, stdout: text(stdout), stderr: text(stderr) };
    };
    await check(root, run);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}
