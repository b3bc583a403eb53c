/** Names of the new UTS namespace. @see uts_namespaces(7) */
import { words } from "../../engine/failure.ts";
import { type Context, failed } from "../context.ts";
import type { Text } from "../parameter.ts";

/** Sets the host name and the NIS domain name. */
export function setNames({ s, spec, request }: Context): void {
  const set = (call: "sethostname" | "setdomainname", name: Text | undefined, what: string) => {
    request.ifGiven(s, name, (name) => {
      const args = [request.value(name), request.length(s, name)];
      s.call(call, args, `${what} inside is ${request.shown(name)}`, {
        fails: failed(words`${call} ${request.path(name)} failed`),
      });
    });
  };
  set("sethostname", spec.hostname, "the host name");
  set("setdomainname", spec.domainname, "the NIS domain name");
}
