/** The sources that the tests run from. All users that tests run as must be able to read them. */

/** Where a repository is, and the Deno that runs it. */
export interface Checkout {
  readonly root: string;
  readonly deno: string;
}

/** Whether an ordinary user can read all of these. Nobody else can be asked where root cannot become one. */
function isOpen({ root, deno }: Checkout): boolean {
  const script = `
    cd "$1" && [ -r deno.json ] && [ -x "$2" ] &&
    [ -z "$(find . -path ./.deno -prune -o -path ./.git -prune -o ! -readable -print -quit 2>&1)" ]`;
  try {
    const args = ["-c", script, "sh", root, deno];
    return new Deno.Command("sh", { args, uid: 1000, gid: 1000, cwd: "/" }).outputSync().success;
  } catch {
    return true;
  }
}

const COPY = `
cd "$1"
tar --exclude=./.deno --exclude=./.git -c . | tar -x --no-same-owner -C "$3"
mkdir "$3/.deno"
cp "$2" "$3/.deno/deno"
chmod -R a+rX "$3"
`;

/**
 * The repository, or a copy of it in `folder` where the users whom root's tests become cannot read
 * it: it may be in root's home.
 *
 * @throws {Error} if it cannot be copied.
 */
export function openCheckout(checkout: Checkout, folder: string): Checkout {
  if (Deno.uid() !== 0 || isOpen(checkout)) return checkout;
  Deno.mkdirSync(folder);
  const args = ["-euc", COPY, "sh", checkout.root, checkout.deno, folder];
  if (!new Deno.Command("sh", { args }).outputSync().success) {
    throw new Error(
      `Cannot copy ${checkout.root} to ${folder}, for tests that become another user`,
    );
  }
  return { root: folder, deno: `${folder}/.deno/deno` };
}
