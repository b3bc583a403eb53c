/** Names of the new UTS namespace. @see uts_namespaces(7) */
import { type Bytes, display, encode } from "../../ffi/bytes.ts";
import { type Context, failed } from "../context.ts";

/** Sets the host name and the NIS domain name. */
export function setNames({ s, spec }: Context): void {
  const set = (call: "sethostname" | "setdomainname", name: Bytes | undefined, what: string) => {
    if (name === undefined) return;
    s.call(call, [encode(name), encode(name).length], `${what} inside is ${display(name)}`, {
      fails: failed(`${call} ${display(name)} failed`),
    });
  };
  set("sethostname", spec.hostname, "the host name");
  set("setdomainname", spec.domainname, "the NIS domain name");
}
